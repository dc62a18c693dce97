/**
 * Pictures of pages, taken by headless Chromium.
 *
 * @module
 */

import { pathToFileURL } from "node:url";
import { findProgram, run } from "../support/programs.ts";

/** How large a picture is. */
export interface PictureSize {
  /** In CSS pixels. */
  width: number;
  /** In CSS pixels. */
  height: number;
  /** Pixels of the picture per CSS pixel. Default: 1. */
  scale?: number;
}

/** Saves a picture of the page in a file as PNG. Throws if Chromium is missing or fails. */
export async function takePicture(html: string, png: string, { width, height, scale = 1 }: PictureSize): Promise<void> {
  const chromium = findProgram("chromium-headless-shell") ?? findProgram("chromium");
  if (!chromium) throw new Error("Cannot take the picture: neither chromium-headless-shell nor chromium is installed");
  // Chromium's sandbox cannot be set up by root or in a container, and the page is our own.
  const args = ["--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--force-color-profile=srgb"];
  const size = [`--window-size=${width},${height}`, `--force-device-scale-factor=${scale}`];
  const said = await run(chromium, [...args, ...size, `--screenshot=${png}`, pathToFileURL(html).href]);
  if (said.code !== 0) throw new Error(`Cannot take the picture: exit code ${said.code}\n${said.stderr}`);
}
