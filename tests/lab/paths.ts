/**
 * Where the parts are that `tests/lab/install` has put in place.
 *
 * @module
 */

import { existsSync } from "node:fs";
import { homedir } from "node:os";

/**
 * The absolute path of what `tests/lab/install NAME` has built for this checkout: the program, and for the provider
 * `local` the CLI configuration file (for TF_CLI_CONFIG_FILE) with which terraform and tofu find it. `undefined` where it
 * is not built. Throws on a name that is no folder of tests/lab/tools.
 */
export function labPart(name: string): string | undefined {
  const folder = `${cacheFolder()}/${name}/${wantedVersion(name)}`;
  const path = `${folder}/${name === "local" ? "terraform.tfrc" : name}`;
  return existsSync(`${folder}/SHA256SUMS`) ? path : undefined; // written last: what has it is whole
}

function cacheFolder(): string {
  return Deno.env.get("PVE_DRIFT_LAB_CACHE") || `${homedir()}/.cache/pve-drift-lab`;
}

/** The version of the module that holds the tool, read as `tests/lab/install` reads it. */
function wantedVersion(name: string): string {
  const lines = Deno.readTextFileSync(new URL(`./tools/${name}/go.mod`, import.meta.url)).split("\n");
  const tool = lines.find((line) => line.startsWith("tool "))?.slice("tool ".length);
  for (const line of lines) {
    const [module, version] = line.replace(/^require /, "").trim().split(" ");
    if (tool && module && version?.startsWith("v") && `${tool}/`.startsWith(`${module}/`)) return version.slice(1);
  }
  throw new Error(`Cannot tell the version of "${name}": its go.mod requires no module that holds the tool`);
}
