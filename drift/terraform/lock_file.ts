/**
 * Terraform's dependency lock file, `.terraform.lock.hcl`.
 *
 * @module
 */

import { join } from "node:path";
import { readRegularFile } from "../../lib/read_regular_file.ts";

/** Provider source to version, from the lock file beside the configuration; empty where there is none. */
export async function lockedProviders(dir: string): Promise<Record<string, string>> {
  const text = await readRegularFile(join(dir, ".terraform.lock.hcl"));
  const providers: Record<string, string> = {};
  for (const [, source, body] of text.matchAll(/^provider "([^"]+)" \{\n([\s\S]*?)^\}/gm)) {
    const version = /^\s*version\s*=\s*"([^"]+)"/m.exec(body!)?.[1];
    if (version) providers[source!] = version;
  }
  return providers;
}
