/** In the page itself: one request shows it, and it stays itself without any other. */
export const style = `
:root { color-scheme: light dark; --page: #f3f5f8; --card: #fff; --line: #d9dee5; --text: #1b222c;
  --muted: #586473; --accent: #2f55c8; --on-accent: #fff; --good: #1c7a43;
  font: 100%/1.5 system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', sans-serif;
  color: var(--text); background: var(--page); }
@media (prefers-color-scheme: dark) { :root { --page: #111418; --card: #1b2027; --line: #323a45;
  --text: #e8ebef; --muted: #a0abb9; --accent: #86a5ff; --on-accent: #0e1630; --good: #6fd597; } }
*, *::before, *::after { box-sizing: border-box; }
body { margin: 0; padding: max(1rem, env(safe-area-inset-top)) 1rem 2rem; }
.card { max-width: 34rem; margin: 0 auto; padding: 1.5rem 1.25rem; background: var(--card);
  border-radius: 1rem; box-shadow: 0 1px 2px rgb(20 30 45 / 8%), 0 10px 30px rgb(20 30 45 / 8%); }
h1 { margin: 1rem 0 .25rem; font-size: 1.7rem; line-height: 1.2; letter-spacing: -.015em; }
h2 { margin: 0 0 .5rem; font-size: .8rem; text-transform: uppercase; letter-spacing: .06em; color: var(--muted); }
p, ul, ol { margin: 0; padding: 0; list-style: none; }
section { margin-top: 1.5rem; padding-top: 1.25rem; border-top: 1px solid var(--line); }
.store { display: flex; justify-content: space-between; gap: 1rem; font-weight: 600; }
.store span, .detail, .variant, time { color: var(--muted); font-weight: 400; }
.bar { display: grid; grid-auto-flow: column; grid-auto-columns: 1fr; margin-top: 1.5rem; }
.bar li { position: relative; padding-top: 1.4rem; text-align: center; font-size: .75rem; color: var(--muted); }
.bar li::before { content: ''; position: absolute; top: .35rem; right: 50%; left: -50%; height: 3px; background: var(--line); }
.bar li:first-child::before { display: none; }
.bar li::after { content: ''; position: absolute; top: 0; left: calc(50% - .45rem); width: .9rem; height: .9rem;
  border: 3px solid var(--line); border-radius: 50%; background: var(--card); }
.bar .done::before, .bar .now::before { background: var(--good); }
.bar .done::after { border-color: var(--good); background: var(--good); }
.bar .now { color: var(--text); font-weight: 600; }
.bar .now::after { border-color: var(--good); box-shadow: 0 0 0 4px color-mix(in srgb, var(--good) 25%, transparent); }
.button { display: block; margin-top: .5rem; padding: .8rem 1rem; border-radius: .6rem; text-align: center;
  font-weight: 600; text-decoration: none; color: var(--on-accent); background: var(--accent); }
.code { font-variant-numeric: tabular-nums; font-weight: 400; opacity: .85; overflow-wrap: anywhere; }
li + li { margin-top: .4rem; }
.bar li + li { margin-top: 0; }
.quantity { color: var(--muted); font-variant-numeric: tabular-nums; }
.timeline li { display: flex; justify-content: space-between; gap: 1rem; }
.timeline li:not(:first-child) { color: var(--muted); }
main.news h1 { animation: news .6s ease-out; }
@keyframes news { from { opacity: 0; transform: translateY(.5rem); } }
@media (prefers-reduced-motion: reduce) { main.news h1 { animation: none; } }
`;
