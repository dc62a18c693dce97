/**
 * `deno task page:picture [FILE.png]`: the html sink's page after a month of made-up runs, drawn by headless Chromium.
 * Needs what `tests/lab/install prometheus` installs: chromium and fonts.
 *
 * @module
 */

import { join, resolve } from "node:path";
import { ROOT } from "../../support/programs.ts";
import { takePicture } from "../picture.ts";
import { writeSamplePage } from "./sample.ts";

/** A desktop's window. */
const SIZE = { width: 1000, height: 1180 };

if (import.meta.main) {
  const png = resolve(Deno.args[0] ?? join(ROOT, "docs/page.png"));
  const folder = await Deno.makeTempDir({ prefix: "page-" });
  try {
    const html = join(folder, "page.html");
    await writeSamplePage(html, folder);
    await takePicture(html, png, SIZE);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
