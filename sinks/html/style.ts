/**
 * How the page looks. Nothing in it depends on what is shown, so that the page's policy can name it by its hash.
 *
 * @module
 */

import { type Color, PALETTE, type Scheme } from "./palette.ts";

const colors = (scheme: Scheme) =>
  (Object.keys(PALETTE[scheme]) as Color[]).map((name) => `--${name}:${PALETTE[scheme][name]};`).join("");

/** The style sheet. */
export const STYLE: string = `
:root{color-scheme:light dark;${colors("light")}}
@media (prefers-color-scheme:dark){:root{${colors("dark")}}}
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%;scroll-behavior:smooth;scroll-padding-top:1rem}
@media (prefers-reduced-motion:reduce){html{scroll-behavior:auto}}
body{margin:0;background:var(--page);color:var(--text);font:1rem/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"DejaVu Sans",sans-serif;overflow-wrap:anywhere}
.wrap{max-width:60rem;margin:0 auto;padding:1rem}
h1,h2,h3,h4,p,ul,dl,dd{margin:0;padding:0}
ul{list-style:none}
a{color:var(--link)}
:focus-visible{outline:2px solid var(--link);outline-offset:2px}
code,.address,pre{font-family:ui-monospace,"SF Mono",Consolas,"DejaVu Sans Mono",monospace;font-size:.875em}
.muted,time{color:var(--muted)}
.small{font-size:.875rem}
.top{border-radius:.75rem;padding:1.25rem;border-left:.5rem solid var(--ok);background:var(--okSoft)}
.top.drift{border-color:var(--drift);background:var(--driftSoft)}
.top.error{border-color:var(--error);background:var(--errorSoft)}
.top h1{font-size:1.5rem;line-height:1.25;margin-bottom:.25rem}
.top .notice{font-weight:600;margin-bottom:.5rem}
h2{font-size:1.125rem;margin:2rem 0 .75rem}
.card{background:var(--card);border:1px solid var(--line);border-radius:.75rem}
.overview li{display:grid;grid-template-columns:5rem minmax(7rem,11rem) 1fr 16rem;gap:.25rem 1rem;align-items:center;padding:.75rem 1rem;border-top:1px solid var(--line)}
.overview li:first-child{border-top:0}
.overview .name{font-weight:600}
.badge{display:inline-block;border-radius:.375rem;padding:.125rem .5rem;font-size:.75rem;font-weight:700;letter-spacing:.03em;text-align:center;background:var(--code);color:var(--muted)}
.badge.ok{background:var(--okSoft);color:var(--ok)}
.badge.drift{background:var(--driftSoft);color:var(--drift)}
.badge.error{background:var(--errorSoft);color:var(--error)}
.badge.news{background:var(--newsSoft);color:var(--news)}
.strip{display:flex;align-items:flex-end;gap:1px;height:1.5rem}
.strip span{flex:1 1 0;min-width:1px;height:3px;border-radius:1px;background:var(--none)}
.strip .ok{height:40%;background:var(--ok)}
.strip .drift{height:70%;background:var(--drift)}
.strip .error{height:100%;background:var(--error)}
.axis{display:flex;justify-content:space-between;font-size:.75rem;color:var(--muted)}
.env{margin-top:1rem;padding:1rem 1.25rem}
.env>header{display:flex;flex-wrap:wrap;align-items:baseline;gap:.25rem .75rem}
.env h3{font-size:1.125rem}
.env h4{font-size:.875rem;margin-top:1.25rem;color:var(--muted);font-weight:600}
.failure{margin-top:.75rem;padding:.75rem 1rem;border-radius:.5rem;background:var(--errorSoft)}
.failure p+p,.failure p+details{margin-top:.5rem}
.change{margin-top:.75rem;padding-top:.75rem;border-top:1px solid var(--line)}
.change h5{margin:0;font-size:1rem;display:flex;flex-wrap:wrap;gap:.25rem .5rem;align-items:center}
.sign{font-family:ui-monospace,"DejaVu Sans Mono",monospace;width:1.25rem;text-align:center;font-weight:700;color:var(--drift)}
.sign.create{color:var(--ok)}
.sign.delete,.sign.replace{color:var(--error)}
.address{color:var(--muted)}
.destroys{color:var(--error);font-weight:600}
.note{font-weight:600}
.diff>div{display:grid;grid-template-columns:minmax(9rem,1fr) minmax(0,1.2fr) minmax(0,1.2fr);gap:.125rem 1rem;padding:.375rem .5rem;margin-top:.25rem;border-radius:.375rem;background:var(--code)}
.diff .whole{grid-column:1/-1}
.diff i{display:block;font-style:normal;font-size:.75rem;color:var(--muted)}
.diff code{white-space:pre-wrap}
.diff b{text-decoration:underline;text-decoration-thickness:2px;text-underline-offset:3px}
.change>*+*{margin-top:.25rem}
.who{font-size:.9375rem;border-left:3px solid var(--line);padding-left:.75rem}
pre{margin:.25rem 0 0;white-space:pre-wrap;overflow-wrap:anywhere}
details{margin-top:.75rem;font-size:.9375rem}
summary{cursor:pointer;color:var(--muted)}
.list>li{position:relative;padding:.125rem 0 .125rem 1rem}
.list>li::before{content:"\\2022";position:absolute;left:0;color:var(--muted)}
footer{margin:2rem 0 1rem;font-size:.8125rem;color:var(--muted)}
@media (max-width:44rem){
.wrap{padding:.75rem}
.top{padding:1rem}
.overview li{grid-template-columns:auto 1fr}
.overview .said,.overview .past{grid-column:1/-1}
.overview .name{text-align:left}
.env{padding:.875rem 1rem}
.diff>div{grid-template-columns:1fr 1fr}
.diff dt{grid-column:1/-1}
}
`.replaceAll("\n", "");
