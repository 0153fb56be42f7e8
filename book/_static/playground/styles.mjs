// The page's own style, on top of what it shares with the other live page.

import { BASE } from "../live/styles.mjs";

export const STYLES = `${BASE}
.top { display: grid; grid-template-columns: minmax(0, 11fr) minmax(0, 10fr); gap: 1rem; }
.board { touch-action: none; cursor: crosshair; background: #000; }
.tools { margin-top: 0.6rem; }
.trial { margin: 0.5rem 0 0; padding: 0.5rem 0.7rem; border: 1px solid var(--accent); border-radius: 6px; }
.trial.solved { border-color: var(--good); box-shadow: 0 0 0 1px var(--good); }
.top { scroll-margin-top: 5rem; }

.bars { display: grid; gap: 3px; }
.bar, .heads { display: grid; grid-template-columns: 1.2rem 1fr 3.9rem 2.9rem; gap: 0.5rem; align-items: center; width: 100%;
  padding: 0.05rem 0.5rem; }
.heads { justify-items: end; }
.heads span:first-child { justify-self: start; }
.heads span:nth-child(2) { grid-column: 2 / 4; }
.bar { min-height: 1.95rem; text-align: left; background: none; border-color: transparent; }
.bar b { font-size: 1.05rem; }
.bar .track { height: 0.85rem; border-radius: 3px; background: var(--raised); overflow: hidden; }
.bar .fill { display: block; height: 100%; background: var(--accent); transform-origin: left; transform: scaleX(0); }
.bar .share, .bar .logit { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
.bar .logit { color: var(--muted); }
#explained { margin-top: 0.5rem; }
.bar[aria-pressed="true"] { border-color: var(--accent); background: var(--raised); }
.bar[aria-pressed="true"] .track { background: var(--line); }
@media (prefers-reduced-motion: no-preference) { .bar .fill { transition: transform 90ms ease-out; } }

.examples { display: grid; grid-template-columns: auto 1fr; gap: 0.35rem 0.7rem; align-items: center; }
.strip { display: grid; grid-template-columns: repeat(10, minmax(0, 1fr)); gap: 5px; }
.strip button { padding: 0; min-height: 0; border-width: 2px; overflow: hidden; background: #000; }
.strip canvas { border-radius: 0; }

.maps { display: grid; grid-template-columns: repeat(4, minmax(0, 1fr)); gap: 0.8rem; }
.stale .heat { opacity: 0.5; transition: opacity 0s 200ms; } /* only if it takes that long */
.trained { display: flex; gap: 0.5rem; align-items: center; margin-top: 0.4rem; font-size: 0.85rem; }
.trained[hidden] { display: none; }
.trained canvas { width: 4rem; flex: none; }
.settings { display: grid; grid-template-columns: repeat(3, minmax(0, 1fr)); gap: 0.4rem 1.2rem; margin-top: 0.9rem; }
.settings label { display: block; }

.sheets { display: grid; gap: 0.9rem; }
.sheets .name { justify-content: start; gap: 0.6rem; align-items: baseline; }
.sheet { cursor: crosshair; touch-action: pan-y; background: none; border-radius: 0; }
.challenges { display: grid; grid-template-columns: repeat(3, minmax(0, 1fr)); gap: 0.8rem; }
.challenge { display: flex; flex-direction: column; gap: 0.4rem; }
.challenge p { margin: 0; }
.challenge .says { min-height: 2.8em; }
.challenge button { align-self: start; margin-top: auto; }
.challenge.on { border-color: var(--accent); box-shadow: 0 0 0 1px var(--accent); }
.challenge.solved { border-color: var(--good); box-shadow: 0 0 0 2px var(--good); }
.badge { font-weight: 650; }

@container (max-width: 40rem) {
  .maps { grid-template-columns: repeat(2, minmax(0, 1fr)); }
  .settings { grid-template-columns: 1fr; }
  .challenges { grid-template-columns: 1fr; }
  .challenge .says { min-height: 0; }
}
@container (max-width: 32rem) {
  .top { grid-template-columns: minmax(0, 1fr); }
  .examples { grid-template-columns: 1fr; }
  .strip { gap: 2px; }
}
`;
