const LIGHT = [
  '3b6fd4',
  'd9702a',
  '23936a',
  '8f5bd0',
  'cf4450',
  '12899a',
  'a8821d',
  'c94f92',
  '7c5b45',
  '8a919c',
];
const DARK = [
  '7da7ff',
  'ffa463',
  '62d1a4',
  'c49cf7',
  'ff858c',
  '5fcbd8',
  'dcbd5e',
  'f294c9',
  'cfa585',
  '9aa3af',
];

const variables = (colours: readonly string[]): string =>
  colours.map((colour, index) => `--c${index}: #${colour};`).join(' ');

/** The look of the page: plain, narrow, for light and dark, and for paper. */
export const style = `
:root { color-scheme: light dark; --ink: #1d2330; --soft: #667085; --faint: #e6e8ee; --paper: #fff; --card: #f8f9fb; --bad: #b42318; ${variables(LIGHT)} }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e7eaf0; --soft: #98a1b2; --faint: #2c323d; --paper: #14171d; --card: #1b1f27; --bad: #ff8a80; ${variables(DARK)} }
}
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 1180px; padding: 48px 28px 80px; background: var(--paper); color: var(--ink);
  font: 15px/1.55 system-ui, -apple-system, "Segoe UI", "PingFang SC", "Microsoft YaHei", sans-serif; }
h1 { font-size: 26px; font-weight: 650; letter-spacing: -0.01em; margin: 0 0 6px; }
h2 { font-size: 20px; font-weight: 650; margin: 64px 0 2px; padding-top: 20px; border-top: 1px solid var(--faint); }
h2 small { font-weight: 400; font-size: 13px; color: var(--soft); margin-left: 8px; }
p { margin: 4px 0; color: var(--soft); max-width: 90ch; }
code { font: 13px/1.5 ui-monospace, "SF Mono", Menlo, Consolas, monospace; }
nav { margin: 18px 0 0; display: flex; flex-wrap: wrap; gap: 6px 18px; font-size: 14px; }
a { color: var(--c0); text-decoration: none; } a:hover { text-decoration: underline; }
.caveats { margin: 10px 0 0; padding: 0; list-style: none; color: var(--soft); font-size: 14px; }
.headline { display: grid; grid-template-columns: repeat(auto-fit, minmax(148px, 1fr)); gap: 12px; margin: 32px 0 0; }
.headline div { background: var(--card); border-radius: 10px; padding: 14px 16px; }
.headline b { display: block; font-size: 25px; font-weight: 640; letter-spacing: -0.02em; font-variant-numeric: tabular-nums; }
.headline b small { font-size: 13px; font-weight: 400; color: var(--soft); letter-spacing: 0; margin-left: 4px; }
.headline span { color: var(--soft); font-size: 13px; display: block; line-height: 1.35; }
.figures { border-collapse: collapse; margin: 18px 0 0; width: 100%; font-size: 14px; }
.figures td { padding: 6px 0; border-bottom: 1px solid var(--faint); vertical-align: baseline; }
.figures td:first-child { width: 1%; white-space: nowrap; padding-right: 24px; }
.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
.figures .number { width: 1%; font-weight: 600; padding-right: 6px; }
.figures .unit { width: 1%; white-space: nowrap; color: var(--soft); padding-right: 24px; }
.figures td:last-child { color: var(--soft); }
.grid-of { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 440px), 1fr)); gap: 32px 40px; margin: 28px 0 0; }
figure { margin: 0; min-width: 0; }
figcaption { font-size: 14px; margin-bottom: 6px; } figcaption span { color: var(--soft); }
svg { display: block; width: 100%; height: auto; }
.grid { stroke: var(--faint); fill: none; }
.axis { fill: var(--soft); font-size: 11px; font-family: inherit; font-variant-numeric: tabular-nums; }
.line { fill: none; stroke-width: 1.7; stroke-linejoin: round; stroke-linecap: round; }
.legend { list-style: none; display: flex; flex-wrap: wrap; gap: 2px 16px; margin: 6px 0 0; padding: 0; font-size: 13px; }
.legend i, .dot { display: inline-block; width: 9px; height: 9px; border-radius: 3px; margin-right: 7px; }
.legend em { font-style: normal; color: var(--soft); font-variant-numeric: tabular-nums; }
.stack { display: flex; gap: 2px; height: 20px; margin: 4px 0 10px; } .stack i { border-radius: 3px; min-width: 2px; }
.parts { border-collapse: collapse; width: 100%; font-size: 13px; }
.parts th { text-align: left; font-weight: 400; padding: 2px 16px 2px 0; white-space: nowrap; width: 1%; }
.parts td { padding: 2px 0; } .parts .number { width: 1%; padding-right: 14px; }
.parts .bar i { display: block; height: 8px; border-radius: 3px; } .parts .share { color: var(--soft); }
.invalid { color: var(--bad); white-space: pre-wrap; margin-top: 14px; }
footer { margin-top: 64px; color: var(--soft); font-size: 13px; }
${LIGHT.map((_, index) => `.line.c${index} { stroke: var(--c${index}); } i.c${index} { background: var(--c${index}); }`).join('\n')}
.line.replica2 { stroke-dasharray: 5 4; } .line.replica3 { stroke-dasharray: 2 4; }
i.replica2 { opacity: .72; } i.replica3 { opacity: .5; }
@media print { body { max-width: none; padding: 0; } h2, figure { break-inside: avoid; } nav { display: none; } }
`;
