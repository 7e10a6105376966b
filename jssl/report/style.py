"""The report's style sheet: system fonts, light and dark paper, colours that survive colour blindness."""

STYLE = """
:root {
  color-scheme: light dark;
  --paper: #fdfdfc; --panel: #f5f5f2; --rule: #e2e2dd; --grid: #e9e9e5;
  --ink: #1b1d21; --soft: #5d626b; --accent: #2468b4; --good: #2f7fd0; --bad: #d95f02;
  --untrained: #7d838c; --pixels: #c96a00;
  --class-0: #3f90da; --class-1: #f0990a; --class-2: #bd1f01; --class-3: #94a4a2; --class-4: #832db6;
  --class-5: #a96b59; --class-6: #e76300; --class-7: #a89d4f; --class-8: #5f6370; --class-9: #5fc2c8;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #131518; --panel: #1b1e22; --rule: #2e3238; --grid: #262a2f;
    --ink: #e8e9eb; --soft: #9aa0aa; --accent: #6fb0f2; --good: #58a6f0; --bad: #f28a3c;
    --untrained: #969da8; --pixels: #f0a04b;
    --class-0: #3f90da; --class-1: #ffa90e; --class-2: #e04a30; --class-3: #a9b7b5; --class-4: #b06be0;
    --class-5: #bd8372; --class-6: #ff7b1c; --class-7: #b9ac70; --class-8: #7f8494; --class-9: #92dadd;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0 auto; padding: 3.5rem 1.25rem 4rem; max-width: 58rem; background: var(--paper); color: var(--ink);
  font: 1rem/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "Liberation Sans", sans-serif;
  -webkit-text-size-adjust: 100%; overflow-wrap: anywhere;
}
a { color: var(--accent); text-decoration-thickness: 1px; text-underline-offset: 2px; }
header { border-bottom: 1px solid var(--rule); padding-bottom: 1.6rem; }
.kicker { margin: 0; color: var(--soft); font-size: .82rem; letter-spacing: .04em; }
h1 {
  margin: .2rem 0 .5rem; font-size: clamp(1.9rem, 5vw, 2.7rem); line-height: 1.12; letter-spacing: -.022em;
  font-weight: 680;
}
h1 span { color: var(--soft); font-weight: 400; }
.facts { margin: 0; color: var(--soft); font-size: .95rem; }
section { margin-top: 3.2rem; }
h2 { margin: 0 0 .3rem; font-size: 1.3rem; letter-spacing: -.01em; line-height: 1.25; }
h3 { margin: 0 0 .3rem; font-size: .95rem; }
.lead, .note { color: var(--soft); max-width: 44rem; }
.lead { margin: 0 0 1.2rem; font-size: .95rem; }
.note { margin: .7rem 0 0; font-size: .85rem; }
.tiles {
  display: grid; grid-template-columns: repeat(auto-fit, minmax(11.5rem, 1fr)); gap: 1.6rem 2rem;
  margin: 2rem 0 0; padding: 0; list-style: none;
}
.tiles .name { display: block; font-size: .85rem; color: var(--soft); }
.tiles .value {
  display: block; font-size: 2.5rem; line-height: 1.15; font-weight: 640; letter-spacing: -.025em;
  font-variant-numeric: tabular-nums;
}
.tiles .value small { font-size: 1.1rem; font-weight: 400; color: var(--soft); letter-spacing: 0; }
.tiles .beside { display: block; font-size: .85rem; color: var(--soft); font-variant-numeric: tabular-nums; }
.scroll { overflow-x: auto; }
table {
  border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums lining-nums;
  overflow-wrap: normal;
}
th, td {
  padding: .42rem 0 .42rem 1.1rem; text-align: right; vertical-align: baseline;
  border-top: 1px solid var(--rule);
}
th:first-child, td:first-child { text-align: left; padding-left: 0; }
thead th { border-top: 0; color: var(--soft); font-size: .82rem; font-weight: 500; white-space: nowrap; }
tbody th { font-weight: 400; }
tr.task th { padding-top: 1rem; font-weight: 640; border-top: 0; }
td { white-space: nowrap; }
td b { font-weight: 680; }
td small, th small {
  display: inline-block; min-width: 2.7rem; color: var(--soft); font-size: .8rem; text-align: left;
  padding-left: .25rem;
}
table.words td { white-space: normal; }
table.words td, table.words th { text-align: left; }
.charts, .panels {
  display: grid; gap: 1.8rem 1.6rem; grid-template-columns: repeat(auto-fill, minmax(16rem, 1fr));
}
.panels { grid-template-columns: repeat(auto-fit, minmax(19rem, 1fr)); margin-top: 1.8rem; }
.panels > figure { max-width: 34rem; }
.panels.even { grid-template-columns: repeat(auto-fill, minmax(19rem, 1fr)); }
.alone { max-width: 34rem; margin-bottom: 1.6rem; }
h3 + .charts { margin-top: .6rem; }
.charts + h3, .panels + h3, .gallery + h3 { margin-top: 2.2rem; }
figure { margin: 0; min-width: 0; }
figcaption { font-size: .82rem; line-height: 1.4; color: var(--soft); }
figcaption b {
  display: flex; justify-content: space-between; gap: 1rem; color: var(--ink); font-size: .95rem;
  font-weight: 600;
}
figcaption b span { font-variant-numeric: tabular-nums; font-weight: 400; }
.charts figcaption { min-height: 3.6rem; margin-bottom: .4rem; }
svg { display: block; width: 100%; height: auto; }
svg text {
  fill: var(--soft); font: 11px system-ui, -apple-system, "Segoe UI", Roboto, "Liberation Sans", sans-serif;
  font-variant-numeric: tabular-nums;
}
svg .row { fill: var(--ink); font-size: 13px; }
.panels svg .tick { font-size: 12px; }
svg .end { text-anchor: end; }
svg .middle { text-anchor: middle; }
.grid { stroke: var(--grid); }
.level { stroke: var(--soft); stroke-width: 1.2; stroke-dasharray: 5 4; }
.between { stroke: var(--rule); }
.line { fill: none; stroke: var(--accent); stroke-width: 1.8; stroke-linejoin: round; stroke-linecap: round; }
.band { fill: var(--accent); opacity: .16; }
.dot { fill: var(--accent); }
.whisker { stroke-width: 1.6; }
.pretrained { fill: var(--accent); stroke: var(--accent); }
.untrained { fill: var(--untrained); stroke: var(--untrained); }
.pixels { fill: var(--pixels); stroke: var(--pixels); }
.bar { fill: var(--accent); }
.bar.pale { opacity: .32; }
.bar.wrong { fill: var(--bad); }
.threshold { stroke: var(--ink); stroke-width: 1.2; stroke-dasharray: 4 3; }
.legend {
  display: flex; flex-wrap: wrap; gap: .25rem 1.1rem; margin: .8rem 0 0; padding: 0; list-style: none;
  font-size: .85rem; color: var(--soft);
}
.legend li { display: flex; align-items: center; gap: .4rem; }
.legend svg { width: 14px; height: 14px; flex: none; }
.legend i { width: .75rem; height: .75rem; border-radius: 50%; flex: none; }
.map { max-width: 46rem; margin: 0 auto; }
.map > svg { border: 1px solid var(--rule); border-radius: 6px; }
.points { fill: none; stroke-width: 5.5; stroke-linecap: round; stroke-opacity: .78; }
svg .place {
  font-size: 17px; font-weight: 700; fill: var(--ink); stroke: var(--paper); stroke-width: 4.5px;
  stroke-linejoin: round; paint-order: stroke;
}
svg text.tick { font-weight: 400; }
.gallery {
  display: grid; grid-template-columns: repeat(var(--columns), minmax(0, var(--cell, 4.6rem))); gap: .4rem;
  justify-content: start;
}
.gallery.flow { grid-template-columns: repeat(auto-fill, minmax(4.7rem, 1fr)); gap: .7rem .5rem; }
.gallery span { font-size: .75rem; color: var(--soft); line-height: 1.3; align-self: end; white-space: nowrap; }
.gallery span.narrow { white-space: normal; overflow-wrap: anywhere; }
.gallery img {
  display: block; width: 100%; aspect-ratio: var(--aspect, 1); object-fit: contain; border-radius: 4px;
  image-rendering: pixelated; background: var(--panel);
}
.gallery figcaption { font-size: .72rem; line-height: 1.25; margin-top: .15rem; }
.gallery audio { display: block; width: 100%; height: 1.8rem; margin-top: .2rem; }
.gallery img.first { outline: 2px solid var(--ink); outline-offset: 1px; width: calc(100% - 4px); margin: 2px; }
.gallery img.same, .gallery img.other { border: 3px solid var(--good); }
.gallery img.other { border: 3px dashed var(--bad); }
.gallery.texts { grid-template-columns: repeat(var(--columns), minmax(9rem, 1fr)); gap: 1rem; overflow-x: auto; }
.gallery q { display: block; quotes: none; font-size: .8rem; line-height: 1.5; overflow-wrap: anywhere; }
.gallery q.first { font-weight: 600; }
.gallery q.same, .gallery q.other { border-left: 3px solid var(--good); padding-left: .5rem; }
.gallery q.other { border-left: 3px dashed var(--bad); }
mark { background: var(--panel); color: inherit; border-radius: 3px; padding: 0 .2em; }
mark.hidden { outline: 1px solid var(--rule); }
mark.same { border-bottom: 2px solid var(--good); }
mark.other { border-bottom: 2px dashed var(--bad); }
.swatch {
  display: inline-block; width: 1em; height: 1em; border-radius: 3px; vertical-align: -.14em;
  margin-right: .35em;
}
.swatch.same { border: 3px solid var(--good); }
.swatch.other { border: 3px dashed var(--bad); }
dl {
  display: grid; grid-template-columns: minmax(8rem, max-content) 1fr; gap: .3rem 1.6rem; margin: 0;
  font-size: .92rem;
}
dt { color: var(--soft); }
dd { margin: 0; font-variant-numeric: tabular-nums; }
details { border-top: 1px solid var(--rule); }
details:last-child { border-bottom: 1px solid var(--rule); }
summary { cursor: pointer; padding: .7rem 0; font-weight: 600; }
summary small { font-weight: 400; color: var(--soft); margin-left: .5rem; }
details > :last-child { margin-bottom: 1.2rem; }
pre {
  margin: 0; padding: 1rem; overflow-x: auto; background: var(--panel); border-radius: 6px;
  font: .82rem/1.5 ui-monospace, "SF Mono", Menlo, Consolas, "Liberation Mono", monospace;
  overflow-wrap: normal;
}
footer { margin-top: 3rem; color: var(--soft); font-size: .82rem; }
@media (max-width: 34rem) {
  body { padding: 2rem 1rem 3rem; }
  section { margin-top: 2.6rem; }
  .gallery { gap: .25rem; }
  .gallery span { font-size: .6rem; }
  td small { display: block; min-width: 0; padding: 0; text-align: right; }
  th small { display: none; }
  .gallery img.same, .gallery img.other { border-width: 2px; }
  .charts figcaption { min-height: 0; }
  .tiles { grid-template-columns: 1fr 1fr; gap: 1.2rem; }
  .tiles .value { font-size: 2rem; }
  th, td { padding-left: .7rem; font-size: .9rem; }
  dl { grid-template-columns: minmax(0, max-content) 1fr; gap: .3rem 1rem; }
  .charts svg text { font-size: 9px; }
  .map svg .tick { font-size: 17px; }
  .map svg .place { font-size: 28px; }
  .points { stroke-width: 8; }
}
@media (min-width: 34rem) { table.numbers { table-layout: fixed; } }
@media print { body { max-width: none; } section, figure { break-inside: avoid; } }
"""
