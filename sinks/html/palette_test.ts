import { assert, assertEquals } from "@std/assert";
import { contrast } from "../../tests/support/contrast.ts";
import { type Color, MARK_PAIRS, PALETTE, type Scheme, TEXT_PAIRS } from "./palette.ts";
import { STYLE } from "./style.ts";

Deno.test("contrast() is what WCAG 2.2 says of known pairs", () => {
  assertEquals(contrast("#000000", "#ffffff"), 21);
  assertEquals(contrast("#777777", "#ffffff").toFixed(2), "4.48");
  assertEquals(contrast("#123456", "#123456"), 1);
});

for (const scheme of ["light", "dark"] as Scheme[]) {
  const atLeast = (least: number, [front, behind]: readonly [Color, Color]) => {
    const found = contrast(PALETTE[scheme][front], PALETTE[scheme][behind]);
    assert(found >= least, `${front} on ${behind}: ${found.toFixed(2)}, must be ${least}`);
  };

  Deno.test(`PALETTE has colors in which every text can be read when it is ${scheme}`, () => {
    for (const pair of TEXT_PAIRS) atLeast(4.5, pair);
    for (const pair of MARK_PAIRS) atLeast(3, pair);
  });
}

Deno.test("STYLE names no color but those of the palette, and loads nothing", () => {
  const palettes = Object.values(PALETTE).flatMap((colors) => Object.values(colors));
  for (const [color] of STYLE.matchAll(/#[0-9a-f]{3,8}\b/gi)) assert(palettes.includes(color), color);
  assert(!/url\(|@import|@font-face/.test(STYLE));
  for (const [, name] of STYLE.matchAll(/var\(--(\w+)\)/g)) assert(Object.hasOwn(PALETTE.light, name!), name);
});
