/**
 * Where the parts are that `tests/lab/install` has put in place, and the tests that need them.
 *
 * @module
 */

import { existsSync } from "node:fs";
import { homedir } from "node:os";

/** A part that may or may not be there: a file to run or to name, or the reason why a test that needs it is skipped. */
export type LabPart = { path: string; missing?: undefined } | { path?: undefined; missing: string };

/** What a test needs: a part of the lab by its name, a program of the PATH as `program:NAME`, or to be `root`. */
export type Need = string;

/**
 * The absolute path of what `tests/lab/install NAME` has built for this checkout: the program, and for the provider
 * `local` the CLI configuration file (for TF_CLI_CONFIG_FILE) with which terraform and tofu find it.
 */
export function labPart(name: string): LabPart {
  const folder = `${cacheFolder()}/${name}/${wantedVersion(name)}`;
  const path = `${folder}/${name === "local" ? "terraform.tfrc" : name}`;
  return existsSync(`${folder}/SHA256SUMS`) ? { path } : { missing: `needs ${name}: run tests/lab/install ${name}` };
}

/** A test of the real parts. Where one is missing it is skipped, and its title says why. */
export function realTest(title: string, needs: Need[], fn: Deno.TestDefinition["fn"]): Deno.TestDefinition {
  const missing = needs.map(lacking).filter((reason) => reason !== undefined);
  if (missing.length === 0) return { name: title, fn };
  return { name: `${title} (skipped: ${missing.join("; ")})`, ignore: true, fn };
}

function lacking(need: Need): string | undefined {
  if (need === "root") return Deno.uid() === 0 ? undefined : "needs root";
  if (!need.startsWith("program:")) return labPart(need).missing;
  const program = need.slice("program:".length);
  const folders = (Deno.env.get("PATH") ?? "").split(":");
  return folders.some((folder) => existsSync(`${folder}/${program}`)) ? undefined : `needs ${program} on the PATH`;
}

function cacheFolder(): string {
  return Deno.env.get("PVE_DRIFT_LAB_CACHE") ?? `${homedir()}/.cache/pve-drift-lab`;
}

/** The version of the module that holds the tool, read as `tests/lab/install` reads it. Throws on a name that is no part. */
function wantedVersion(name: string): string {
  const lines = Deno.readTextFileSync(new URL(`./tools/${name}/go.mod`, import.meta.url)).split("\n");
  const tool = lines.find((line) => line.startsWith("tool "))?.slice("tool ".length);
  for (const line of lines) {
    const [module, version] = line.replace(/^require /, "").trim().split(" ");
    if (tool && module && version?.startsWith("v") && `${tool}/`.startsWith(`${module}/`)) return version.slice(1);
  }
  throw new Error(`Cannot tell the version of "${name}": its go.mod requires no module that holds the tool`);
}
