import { chartStyle } from "./chart-style.ts";
import { themeStyle } from "./theme.ts";

const page = `
*{box-sizing:border-box}
html{scroll-padding-top:1rem;-webkit-text-size-adjust:100%}
body{margin:0;background:var(--ground);color:var(--ink);font:15px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans","Helvetica Neue",Arial,"Noto Sans CJK SC","PingFang SC","Microsoft YaHei",sans-serif}
code,pre{font:13px/1.55 ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace}
a{color:var(--link);text-underline-offset:2px;text-decoration-thickness:1px}
button{font:inherit;color:inherit;background:none;border:1px solid var(--rule);border-radius:6px;padding:.2rem .65rem;cursor:pointer}
button:hover{border-color:var(--faint)}
:focus-visible{outline:2px solid var(--link);outline-offset:2px}
bdi{overflow-wrap:anywhere}
small{font-size:.82em;color:var(--note)}
.note{color:var(--note)}
p.note{font-size:13.5px;max-width:78ch}
.num,.figure,td,dd{font-variant-numeric:tabular-nums lining-nums}
main{max-width:1120px;margin:0 auto;padding:2.2rem 1.5rem 4rem;min-width:0}
h1{font-size:2rem;line-height:1.2;margin:.1rem 0 .3rem;letter-spacing:-.015em;font-weight:680}
h2{font-size:1.35rem;line-height:1.3;margin:0 0 .9rem;letter-spacing:-.01em;font-weight:650}
h3{font-size:1.02rem;margin:1.6rem 0 .6rem;font-weight:650;display:flex;flex-wrap:wrap;gap:.1rem .7rem;align-items:baseline}
h3 .note{font-weight:400;font-size:13.5px}
p{margin:.4rem 0 .9rem;max-width:78ch}
.section{margin-top:2.6rem;padding-top:1.9rem;border-top:1px solid var(--rule)}
.eyebrow{margin:0;font-size:12.5px;letter-spacing:.06em;text-transform:uppercase;color:var(--note)}
footer{margin-top:3rem;padding-top:1rem;border-top:1px solid var(--rule);font-size:13px;color:var(--note)}

nav{padding:1.2rem 1.5rem 0;max-width:1120px;margin:0 auto;font-size:14px;display:flex;flex-wrap:wrap;gap:.4rem 1.1rem;align-items:baseline}
nav .brand{display:none}
nav ol{list-style:none;display:flex;flex-wrap:wrap;gap:.2rem 1rem;margin:0;padding:0;flex:1}
nav a{color:var(--note);text-decoration:none}
nav a:hover{color:var(--ink);text-decoration:underline}
nav .theme{font-size:13px;color:var(--note);white-space:nowrap}
@media (min-width:1180px){
body{display:grid;grid-template-columns:200px minmax(0,1fr)}
nav{position:sticky;top:0;height:100vh;display:block;padding:2.3rem 0 1.5rem 1.6rem;margin:0;overflow:auto}
nav .brand{display:block;font-weight:650;margin:0 0 .8rem}
nav ol{display:block;margin-bottom:1.4rem}
nav li{margin:.1rem 0}
nav a{display:block;padding:.14rem 0 .14rem .7rem;border-left:2px solid var(--rule)}
nav a.here{color:var(--ink);border-color:var(--link)}
main{margin:0;padding-left:2.6rem;padding-right:2rem;width:100%}
}

.facts{display:grid;grid-template-columns:repeat(auto-fill,minmax(108px,1fr));gap:.9rem 1.4rem;margin:1.3rem 0}
.facts dt{font-size:12.5px;color:var(--note)}
.facts dd{margin:0;font-weight:560;overflow-wrap:anywhere}
.facts.plain{grid-template-columns:repeat(auto-fill,minmax(250px,1fr));gap:.25rem 2rem}
.facts.plain>div{display:flex;gap:.8rem;justify-content:space-between;border-bottom:1px solid var(--rule);padding:.2rem 0}
.facts.plain dt{white-space:nowrap;line-height:1.75}
.facts.plain dd{font-weight:400;font-size:14px;text-align:right;min-width:0}
.hash{font-size:11.5px;overflow-wrap:anywhere;color:var(--note)}

.headline{font-size:1.2rem;line-height:1.4;font-weight:560;margin:0 0 1.1rem}
.scores{margin-bottom:1rem}
.score{display:grid;grid-template-columns:minmax(110px,1.25fr) minmax(120px,1.1fr) 82px 82px minmax(170px,2.1fr) minmax(165px,1fr);gap:0 1rem;align-items:center;padding:.62rem 0;border-bottom:1px solid var(--rule)}
.score>*{min-width:0}
.score small{display:block;line-height:1.35}
.score.head{font-size:12.5px;color:var(--note);padding:.1rem 0 .35rem}
.score .num{text-align:right}
.score .scale{display:flex;justify-content:space-between;padding-right:4.5rem}
.score .task{font-weight:620}
.score .task bdi{display:-webkit-box;-webkit-box-orient:vertical;-webkit-line-clamp:3;overflow:hidden}
.score .task small,.score .metric small{font-weight:400}
.score .value{font-size:1.18rem;font-weight:640}
.score .value small{font-weight:400;font-size:12px}
.score .bar{display:flex;align-items:center;gap:.6rem}
.score .bar b{width:3.9rem;flex:none;font-weight:560;font-size:14px;white-space:nowrap}
.score .bar .note{font-size:13px}
.arrow{color:var(--note);font-weight:400}
.verdict{font-size:13.5px;white-space:nowrap}
.verdict i{font-style:normal;font-size:.9em}
.verdict.above{color:var(--good)}.verdict.below{color:var(--bad)}.verdict.unclear,.verdict.unmeasured{color:var(--unclear)}
@media (max-width:820px){
.score.head{display:none}
.score{grid-template-columns:1fr 1fr;gap:.15rem 1rem;padding:.9rem 0}
.score .num.value,.score .num[data-label]{text-align:left}
.score .num[data-label]::before{content:attr(data-label) " ";font-size:12.5px;font-weight:400;color:var(--note)}
.score .metric{text-align:right}
.score .num[data-label=baseline]{text-align:right;align-self:end}
.score .bar,.score .verdict{grid-column:1/-1}
}

.table{overflow-x:auto;margin:.5rem 0 1.2rem;max-width:100%}
.table.tall{max-height:33rem;overflow:auto;border-bottom:1px solid var(--rule)}
.tall thead th{position:sticky;top:0;background:var(--ground);box-shadow:0 1px var(--rule);z-index:1}
table{border-collapse:collapse;font-size:13.5px;line-height:1.4}
caption{text-align:left;font-weight:650;font-size:14px;padding-bottom:.35rem}
th{font-weight:500;color:var(--note);text-align:left;vertical-align:bottom;white-space:nowrap}
th,td{padding:.3rem .9rem .3rem 0;border-bottom:1px solid var(--rule)}
td{vertical-align:top}
td bdi{display:inline-block;width:max-content;max-width:min(22rem,60vw)}
th:last-child,td:last-child{padding-right:.2rem}
tbody th{color:inherit;font-weight:400}
td.num,th.num{text-align:right}
td.wide{min-width:12rem}
tr.strong th,tr.strong td{font-weight:640}
td.faint{color:var(--note);font-weight:400!important}
td.up{color:var(--good)}td.down{color:var(--bad)}
th[data-sort]{cursor:pointer}
th[data-sort]:hover{color:var(--ink)}
th[aria-sort=ascending]::after{content:" ▴"}th[aria-sort=descending]::after{content:" ▾"}
.metrics th.group,.metrics td.group{padding-left:1.1rem}
@media screen and (min-width:821px){.metrics tbody th{min-width:9.2rem}.metrics tbody td{min-width:4.4rem}.metrics tbody td.group{min-width:11.2rem}}
@media print,(max-width:820px){.interval{display:block}.metrics th.group,.metrics td.group{padding-left:.4rem}}
.metrics thead tr:first-child .group{text-align:center;color:var(--ink);border-bottom-color:var(--faint)}
.interval{font-weight:400;white-space:nowrap}
.under{display:block}
.block{margin-bottom:1.4rem}

.tabbar{display:flex;flex-wrap:wrap;gap:.35rem;margin:.4rem 0 1rem;scroll-margin-top:4.5rem}
.tabbar button{border-radius:99px;padding:.16rem .8rem;color:var(--note);max-width:100%;overflow:hidden;text-overflow:ellipsis}
.tabbar button[aria-selected=true]{background:var(--ink);color:var(--ground);border-color:var(--ink)}
.live>.panel>h3{margin-top:0}
@media screen{.live>.panel>h3 bdi{display:none}}
.panel+.panel{margin-top:2.4rem}
.live>.panel+.panel{margin-top:0}
.beside{display:grid;grid-template-columns:minmax(0,auto) minmax(0,1fr);gap:0 2.6rem;align-items:start}
@media (max-width:900px){.beside{display:block}}

.examples{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(320px,100%),1fr));gap:.8rem}
.example{display:flex;gap:.9rem;background:var(--panel);border-radius:8px;padding:.85rem .95rem;min-width:0}
.example>div{min-width:0;flex:1;display:flex;flex-direction:column}
.thumb{width:72px;height:72px;flex:none;object-fit:contain;background:#fff;border:1px solid var(--rule);border-radius:6px;padding:3px;image-rendering:auto}
.thumb.none{display:grid;place-items:center;text-align:center;font-size:12px;line-height:1.2;background:none;color:var(--note)}
.query{display:grid;grid-template-columns:150px minmax(0,1fr);gap:1rem;padding:.7rem 0;border-top:1px solid var(--rule)}
.asked,.found li{display:flex;flex-direction:column;gap:.2rem;min-width:0;font-size:13px;line-height:1.35;overflow-wrap:anywhere}
.asked small,.found small{color:var(--note)}
.asked>bdi,.found bdi{display:-webkit-box;-webkit-line-clamp:3;-webkit-box-orient:vertical;overflow:hidden}
.asked>bdi:first-of-type,.found bdi:first-of-type{font-weight:620}
.found{display:grid;grid-template-columns:repeat(5,minmax(0,1fr));gap:.8rem;list-style:none;margin:0;padding:0}
.found .own{outline:2px solid var(--ink);outline-offset:5px;border-radius:2px}
.predicted{display:grid;grid-template-columns:150px minmax(0,1fr);gap:1rem;padding:.7rem 0;border-top:1px solid var(--rule)}
.pair+.pair{margin-top:.7rem}
.pair{display:flex;flex-wrap:wrap;gap:1.4rem;font-size:13px;line-height:1.35}
.pair>div{min-width:110px;max-width:24rem;overflow-wrap:anywhere}
.pair h5,.predicted-means figcaption{margin:0 0 .3rem;font-size:12.5px;font-weight:400;color:var(--note)}
.predicted-means{display:flex;flex-wrap:wrap;gap:1.4rem;padding:0 0 .9rem;font-size:13px}
.predicted-means figure{margin:0;max-width:30rem}
.predicted-means .foot{margin:.35rem 0 0}
.drawn{max-width:200px;max-height:128px;background:#fff;border:1px solid var(--rule);border-radius:6px;padding:3px;image-rendering:pixelated}
.names{display:flex;flex-wrap:wrap;gap:.1rem .9rem;list-style:none;margin:0;padding:0}
.names small{margin-left:.3rem;color:var(--note)}
.names .right bdi{font-weight:700}
@media (max-width:700px){.query,.predicted{grid-template-columns:1fr}.found{grid-template-columns:repeat(3,minmax(0,1fr))}}
.sound{margin:0 0 .5rem;font-size:12.5px}
.sound img{display:block;width:100%;max-width:260px;height:auto;border:1px solid var(--rule);border-radius:6px;background:#fff}
.sound audio{display:block;width:100%;max-width:260px;height:34px;margin-top:.3rem}
.outcome{display:grid;grid-template-columns:auto 1fr;gap:.05rem .7rem;margin:0 0 .5rem}
.outcome dt,.cells dt{color:var(--note);font-size:12.5px;line-height:1.75}
.outcome dd{margin:0;font-weight:620;overflow-wrap:anywhere;display:flex;justify-content:space-between;gap:.2rem .8rem}
.outcome dd small{font-weight:400;white-space:nowrap;line-height:1.9}
.cells{margin:0;font-size:13.5px}
.cells>div{margin-bottom:.15rem;overflow-wrap:anywhere;display:-webkit-box;-webkit-box-orient:vertical;-webkit-line-clamp:5;overflow:hidden}
.cells dt{display:inline}
.cells dt::after{content:" "}
.cells dd{display:inline;margin:0}
.foot{margin:auto 0 0;padding-top:.4rem;font-size:12.5px;color:var(--note);font-variant-numeric:tabular-nums;overflow-wrap:anywhere}

.warnings{list-style:none;padding:0;margin:0 0 1.4rem}
.warnings li{padding:.55rem .9rem;margin-bottom:.45rem;border-left:3px solid var(--faint);background:var(--panel);border-radius:0 6px 6px 0;display:flex;flex-direction:column}
.warnings li.warning{border-color:var(--bad);background:var(--bad-ground)}
.fine::before{content:"✓ ";color:var(--good);font-weight:700}
.broken{color:var(--bad)}.broken::before{content:"✗ ";font-weight:700}
.pairs{list-style:none;margin:0;padding:0;display:flex;flex-wrap:wrap;gap:0 1.2rem}
.meter{display:inline-flex;gap:.6rem;align-items:center;white-space:nowrap}
.meter .bar{width:70px;height:7px;background:var(--rule);border-radius:4px;overflow:hidden}
.meter .bar i{display:block;height:100%;background:var(--c1)}
pre{position:relative;background:var(--panel);border-radius:8px;padding:.8rem 1rem;overflow:auto;margin:.5rem 0 1.2rem;tab-size:2}
pre.command code{white-space:pre-wrap;overflow-wrap:anywhere}
pre b{font-weight:400;color:var(--link)}
pre i{font-style:normal;color:var(--note)}
.config{max-height:36rem}
.copy{position:absolute;top:.45rem;right:.5rem;font:12px/1.4 system-ui,sans-serif;background:var(--ground);color:var(--note)}
#tip{position:fixed;left:0;top:0;z-index:9;pointer-events:none;background:var(--ink);color:var(--ground);padding:.3rem .55rem;border-radius:5px;font-size:12.5px;line-height:1.4;white-space:pre-line;max-width:min(360px,90vw);font-variant-numeric:tabular-nums}
[hidden]{display:none!important}
`;

const print = `
@media print{
@page{margin:14mm}
body{display:block;font-size:10.5pt}
nav,.tabbar,.copy,#tip{display:none!important}
main{padding:0;max-width:none}
.panel[hidden]{display:block!important}
.live>.panel+.panel{margin-top:2rem}
.table,.table.tall,.config,pre{max-height:none!important;overflow:visible!important}
table{font-size:9pt}th{white-space:normal}
pre code{white-space:pre-wrap;overflow-wrap:anywhere}
.chart,.example,.score,tr,.warnings li{break-inside:avoid}
h2,h3,figcaption,caption{break-after:avoid}
.scroll svg{max-width:100%;height:auto}
a{color:inherit;text-decoration:none}
*{print-color-adjust:exact;-webkit-print-color-adjust:exact}
}
`;

/** The style of the page: themes, layout, charts, print. */
export const style = themeStyle + page + chartStyle + print;
