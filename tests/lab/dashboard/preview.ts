/**
 * Shows what the dashboard looks like: `deno task dashboard:preview [FILE.html [FILE.png]]`. It fills a real Prometheus
 * with thirty days of made-up metrics, runs every query of drift-overview.json, and writes one page; with a second
 * name, a picture of it by headless Chromium too. Needs Debian's prometheus, and chromium for the picture.
 *
 * @module
 */

import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { findProgram, ROOT } from "../../support/programs.ts";
import { takePicture } from "../picture.ts";
import type { Dashboard } from "./model.ts";
import { page } from "./page.ts";
import { type HistoryServer, startHistoryServer } from "./prometheus.ts";

/** The whole page on a wide screen. */
export const SIZE = { width: 1600, height: 1720 };

/** Writes the page with the history that ends at `end` (Unix seconds). Throws if prometheus or promtool is missing. */
export async function writePage(file: string, end: number): Promise<void> {
  const [prometheus, promtool] = [findProgram("prometheus"), findProgram("promtool")];
  if (!prometheus || !promtool) {
    throw new Error("Cannot make the preview: prometheus is not installed, see tests/lab/install");
  }
  await using server = await startHistoryServer(prometheus, promtool, end);
  await writePageOf(server, file);
}

/** Writes the page with the metrics of a running server. */
export async function writePageOf(server: HistoryServer, file: string): Promise<void> {
  const dashboard = await Deno.readTextFile(join(ROOT, "dashboards/grafana/drift-overview.json"));
  const uplot = dirname(fileURLToPath(import.meta.resolve("uplot")));
  const own = (name: string) => Deno.readTextFile(new URL(name, import.meta.url));
  const files = {
    script: await Deno.readTextFile(join(uplot, "uPlot.iife.min.js")),
    style: await Deno.readTextFile(join(uplot, "uPlot.min.css")),
    client: await own("client.js"),
    own: await own("page.css"),
  };
  await Deno.writeTextFile(file, await page(JSON.parse(dashboard) as Dashboard, server, files));
}

if (import.meta.main) {
  const html = resolve(Deno.args[0] ?? "dashboard-preview.html");
  await writePage(html, Math.floor(Date.now() / 1000));
  if (Deno.args[1]) await takePicture(html, resolve(Deno.args[1]), SIZE);
}
