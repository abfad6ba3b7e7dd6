const looks = Array.from({ length: 8 }, (_, k) => `.c${k}{--c:var(--c${k})}`).join("");

/** The style of the chart kit; it takes its colours from the variables of the theme. */
export const chartStyle = `
${looks}
.charts{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(300px,100%),1fr));gap:0 2rem;align-items:start;max-width:1060px}
.chart{margin:0 0 1.6rem;min-width:0}
.charts>.chart{display:grid;grid-row:span 3;grid-template-rows:subgrid;grid-template-columns:minmax(0,1fr);row-gap:0}
.charts>.chart>.fit,.charts>.chart>.scroll{grid-row:3}
.chart figcaption{font-size:14px;line-height:1.4;margin-bottom:.35rem}
.chart figcaption b{font-weight:650;margin-right:.6rem}
.chart figcaption .note{font-size:13px}
.chart svg{display:block;overflow:visible}
.fit svg{width:100%;height:auto;max-width:420px}
.charts>.aside{grid-row:span 3;min-width:0}
.aside th{white-space:normal;line-height:1.3}
.aside th,.aside td{padding-right:.7rem}
.aside td{white-space:nowrap}
.scroll{overflow-x:auto;padding-bottom:.3rem}
.scroll svg{max-width:none;height:auto}
svg text{font-family:inherit;fill:var(--note);font-size:11px;font-variant-numeric:tabular-nums}
svg .axis-title{fill:var(--note)}
svg .box{fill:var(--panel);stroke:var(--faint)}
svg .box-title{fill:var(--ink);font-weight:600;font-size:12.5px}
svg .link{fill:none;stroke:var(--faint);stroke-width:1.4}
svg .label{fill:var(--ink)}
.grid line{stroke:var(--rule);stroke-width:1}
.axis line{stroke:var(--faint);stroke-width:1}
.line{fill:none;stroke:var(--c);stroke-width:1.8;stroke-linejoin:round;stroke-linecap:round}
.d1 .line,.line.d1{stroke-dasharray:6 3}
.d2 .line,.line.d2{stroke-dasharray:2 3}
.dot{fill:var(--c)}
.point{fill:var(--c);fill-opacity:.5}
.series .bar{fill:var(--c);fill-opacity:.85}
.reference{stroke:var(--note);stroke-width:1.2;stroke-dasharray:4 3;fill:none}
.mark line{stroke:var(--note);stroke-width:1}
.mark text{fill:var(--ink);font-size:10.5px}
.hit rect{fill:transparent}
.hit line{stroke:var(--faint);visibility:hidden}
.hit:hover line{visibility:visible}
.heat{fill:var(--heat)}
.heat.negative{fill:var(--heat-negative)}
.ground{fill:var(--panel)}
.cell{fill:var(--ink)!important}
.cell.strong{fill:var(--on-heat)!important}
.outline rect{fill:none;stroke:var(--faint);stroke-opacity:.6}
.gain{width:100%;height:16px;min-width:60px}
.gain .ground{fill:var(--rule)}
.gain .fill{fill:var(--c0)}
.gain .fill.worse{fill:var(--c1)}
.gain .whisker,.gain .zero{vector-effect:non-scaling-stroke}
.gain .whisker{stroke:var(--ink);stroke-width:1.3;fill:none}
.gain .zero{stroke:var(--ink);stroke-width:1.6}
.legend{list-style:none;display:flex;flex-wrap:wrap;gap:.05rem 1rem;margin:0 0 .3rem;padding:0;font-size:12.5px;color:var(--note)}
.legend li{display:flex;align-items:center;gap:.4rem;overflow-wrap:anywhere}
.legend svg{flex:none}
`;
