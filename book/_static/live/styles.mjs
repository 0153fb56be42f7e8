// What both live pages look like, kept inside their elements: other pages of the book never see it.

export const BASE = `
:host { display: block; container-type: inline-size; margin: 1.5rem 0; font-size: 0.95rem; line-height: 1.45; }
:host, .lab {
  --text: var(--pst-color-text-base, #222832);
  --muted: var(--pst-color-text-muted, #48566b);
  --paper: var(--pst-color-background, #ffffff);
  --raised: var(--pst-color-surface, #f3f4f5);
  --line: var(--pst-color-border, #d1d5da);
  --accent: var(--course-accent, #21706f);
  --good: var(--pst-color-success, #28a745);
  color: var(--text);
}
* { box-sizing: border-box; }
h2 { font: inherit; font-size: 1.12em; font-weight: 650; margin: 0 0 0.5rem; color: var(--text); }
h3 { font: inherit; font-weight: 600; margin: 0; }
p { margin: 0 0 0.5rem; }
canvas { display: block; width: 100%; border-radius: 4px; }
.small { font-size: 0.85rem; color: var(--muted); }
.hidden { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
section { margin: 0 0 2rem; }
.card { border: 1px solid var(--line); border-radius: 8px; padding: 0.75rem; background: var(--paper); }

button, label.choice span {
  font: inherit; color: var(--text); background: var(--raised); border: 1px solid var(--line);
  border-radius: 6px; padding: 0.3rem 0.7rem; cursor: pointer; min-height: 2.1rem;
}
button:hover, label.choice:hover span { border-color: var(--accent); }
button:disabled { opacity: 0.5; cursor: default; }
:is(button, canvas, input, select):focus-visible, label.choice input:focus-visible + span {
  outline: 3px solid var(--accent); outline-offset: 2px;
}
label.choice { display: inline-block; position: relative; }
label.choice input { position: absolute; opacity: 0; inset: 0; margin: 0; cursor: pointer; }
label.choice span { display: inline-block; line-height: 1.35; }
label.choice input:checked + span { background: var(--accent); border-color: var(--accent); color: var(--paper); }
label.check { display: inline-flex; gap: 0.45rem; align-items: center; min-height: 2.1rem; cursor: pointer; }
label.check input { width: 1.1rem; height: 1.1rem; accent-color: var(--accent); }
input[type="range"] { width: 100%; accent-color: var(--accent); min-height: 1.6rem; }
select { font: inherit; color: var(--text); background: var(--raised); border: 1px solid var(--line);
  border-radius: 6px; padding: 0.25rem 0.4rem; min-height: 2.1rem; max-width: 100%; }
.row { display: flex; flex-wrap: wrap; gap: 0.4rem; align-items: center; }

figure { margin: 0; }
figure .name { display: flex; justify-content: space-between; gap: 0.3rem; font-weight: 600; margin-bottom: 0.3rem; }
.scale { display: grid; grid-template-columns: 1fr 1fr; margin-top: 0.35rem; font-size: 0.8rem;
  font-variant-numeric: tabular-nums; color: var(--muted); }
.scale canvas { grid-column: 1 / -1; height: 0.55rem; border-radius: 2px; }
.scale span:last-child { text-align: right; }
figcaption { font-size: 0.85rem; color: var(--muted); margin-top: 0.2rem; min-height: 2.9em; }

.closer { display: grid; grid-template-columns: 5.5rem 5.5rem 1fr auto; gap: 0.8rem; align-items: center; margin-top: 0.9rem;
  padding: 0.6rem; position: sticky; bottom: 0.5rem; box-shadow: 0 2px 10px #0003; }
.closer p { margin: 0; }
.closer.empty { display: block; position: static; box-shadow: none; }
.closer.empty :is(canvas, button) { display: none; }
/* Where the reader's system chooses the colours, it would take away what says on, off, and how much. */
@media (forced-colors: active) {
  :is(label.choice input:checked + span, [aria-pressed="true"]) { forced-color-adjust: none; color: HighlightText; background: Highlight; }
  .bar .track .fill { forced-color-adjust: none; background: CanvasText; }
  .bar[aria-pressed="true"] .track .fill { background: HighlightText; }
  .strip [aria-pressed="true"] { outline: 3px solid Highlight; }
}
@container (max-width: 40rem) {
  .closer { grid-template-columns: 4rem 4rem 1fr auto; font-size: 0.85rem; gap: 0.5rem; padding: 0.4rem; }
  .closer button { padding: 0.2rem 0.4rem; }
}
`;
