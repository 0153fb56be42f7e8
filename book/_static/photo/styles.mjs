// The page's own style, on top of what it shares with the other live page.

import { BASE } from "../live/styles.mjs";

export const STYLES = `${BASE}
ol { list-style: none; margin: 0; padding: 0; }
[hidden] { display: none !important; }
em { font-style: italic; }
a { color: var(--pst-color-link, var(--accent)); }
:host([dropping]) { outline: 3px dashed var(--accent); outline-offset: 6px; border-radius: 4px; }
.problem { margin: 0.6rem 0 0; padding: 0.5rem 0.7rem; border: 1px solid var(--accent); border-left-width: 4px; border-radius: 6px; }

.file { position: relative; display: inline-block; }
.file input { position: absolute; inset: 0; opacity: 0; width: 100%; cursor: pointer; }
.file span { display: inline-block; border: 1px solid var(--accent); border-radius: 6px; padding: 0.3rem 0.7rem; min-height: 2.1rem;
  background: var(--accent); color: var(--paper); }
.file input:focus-visible + span { outline: 3px solid var(--accent); outline-offset: 2px; }
.strip { display: grid; grid-template-columns: repeat(7, minmax(0, 1fr)); gap: 5px; margin-top: 0.7rem; }
.strip button { padding: 0; min-height: 0; border-width: 2px; overflow: hidden; aspect-ratio: 1; }
.strip button[aria-pressed="true"] { border-color: var(--accent); box-shadow: 0 0 0 1px var(--accent); }
.strip img { display: block; width: 100%; height: 100%; object-fit: cover; }
.shutter { margin-top: 0.7rem; }
.shutter video { display: block; width: 100%; max-width: 24rem; border-radius: 4px; margin-bottom: 0.4rem; background: #000; }

.top { display: grid; grid-template-columns: minmax(0, 11fr) minmax(0, 10fr); gap: 1.2rem; scroll-margin-top: 5rem; }
.over { margin-bottom: 0.5rem; gap: 0.25rem; }
.over label.choice span { padding: 0.2rem 0.45rem; min-height: 1.8rem; font-size: 0.88rem; }
.stage { cursor: grab; aspect-ratio: 1; }
.opening .stage { opacity: 0.4; transition: opacity 0s 0.4s; }
.stage.cover { cursor: crosshair; }
.tools { margin-top: 0.6rem; }
.settings { margin-top: 0.5rem; display: grid; gap: 0.3rem; }

.bars { display: grid; gap: 2px; }
.class { display: grid; grid-template-columns: 1fr 2.4rem; gap: 3px; }
.bar { display: grid; grid-template-columns: 1fr auto; gap: 0 0.5rem; text-align: left; background: none; border-color: transparent;
  padding: 0.1rem 0.45rem 0.25rem; min-height: 2.2rem; min-width: 0; }
.bar .label { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.bar .share { font-variant-numeric: tabular-nums; white-space: nowrap; }
.bar .track { grid-column: 1 / -1; height: 0.4rem; border-radius: 3px; background: var(--raised); overflow: hidden; }
.bar .fill { display: block; height: 100%; background: var(--accent); transform-origin: left; transform: scaleX(0); }
.bar[aria-pressed="true"] { border-color: var(--accent); background: var(--raised); font-weight: 600; }
.bar[aria-pressed="true"] .track { background: var(--line); }
.versus { padding: 0; min-height: 2.2rem; font-size: 0.82rem; color: var(--muted); background: none; border-color: var(--line); }
.versus[aria-pressed="true"] { background: var(--accent); border-color: var(--accent); color: var(--paper); }
@media (prefers-reduced-motion: no-preference) { .bar .fill { transition: transform 90ms ease-out; } }
#explained { margin: 0.5rem 0; }
.search input { display: block; width: 100%; font: inherit; color: var(--text); background: var(--paper); border: 1px solid var(--muted);
  border-radius: 6px; padding: 0.3rem 0.5rem; min-height: 2.1rem; }
#found { margin: 0.2rem 0; min-height: 1.3em; }

.maps { display: grid; grid-template-columns: repeat(2, minmax(0, 1fr)); gap: 1.2rem; margin-bottom: 0.6rem; }
figure .name .of { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; font-weight: 400; }
figcaption { min-height: 0; }
.stale .heat { opacity: 0.45; }
.none .heat { opacity: 0.35; }
.none :is(.scale, .check), figure:not(.none) .act { display: none; }
.act, .occlusion { margin: 0.5rem 0; }
.trained { display: flex; gap: 0.5rem; align-items: center; margin-top: 0.4rem; font-size: 0.85rem; }
.trained canvas { width: 4.5rem; flex: none; }
progress { accent-color: var(--accent); width: 8rem; }

summary { cursor: pointer; font-size: 1.12em; font-weight: 650; padding: 0.2rem 0; margin-bottom: 0.3rem; }
summary:focus-visible, a:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
#depths { margin-bottom: 0.5rem; gap: 0.25rem; }
.sheet { cursor: crosshair; touch-action: pan-y; background: none; border-radius: 0; }
.trials { display: grid; grid-template-columns: repeat(3, minmax(0, 1fr)); gap: 0.8rem; }
.trial-card { display: flex; flex-direction: column; gap: 0.4rem; }
.trial-card p { margin: 0; }
.trial-card button { align-self: start; margin-top: auto; }

@container (max-width: 40rem) {
  .trials { grid-template-columns: 1fr; }
}
@container (max-width: 34rem) {
  .strip { grid-template-columns: repeat(4, minmax(0, 1fr)); }
  .top { grid-template-columns: minmax(0, 1fr); }
  .maps { grid-template-columns: minmax(0, 1fr); }
  .none .heat { display: none; }
}
`;
