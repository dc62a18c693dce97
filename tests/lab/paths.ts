/**
 * The paths of the parts that `tests/lab/install` has installed.
 *
 * @module
 */

import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { homedir } from "node:os";

/** The file that a part's path names, if it is not the program of the part's name. */
const FILES: Record<string, string> = {
  local: "terraform.tfrc",
  pve: "bin/python",
  apprise: "bin/python",
  provider: "mirror",
  debian: "system",
};

/** The Python package that a part is an environment of. */
const PYTHON: Record<string, string> = { pve: "fakepve", apprise: "apprise" };

/**
 * The absolute path of what `tests/lab/install NAME` has built for this checkout: the program; for the provider `local`
 * the CLI configuration file (for TF_CLI_CONFIG_FILE) with which terraform and tofu find it; for `provider` the
 * filesystem mirror; for `debian` the folder of a fresh system; for `pve` the Python that has fakepve, for
 * `apprise` the one that has Apprise. `undefined`
 * where it is not built. Throws on a name that is no part.
 */
export function labPart(name: string): string | undefined {
  const folder = `${cacheFolder()}/${name}/${wantedVersion(name)}`;
  const path = `${folder}/${FILES[name] ?? name}`;
  if (name === "pve" && !existsSync(new URL("./pve/played_pve.py", import.meta.url))) return undefined; // a release's source
  return existsSync(`${folder}/SHA256SUMS`) ? path : undefined; // written last: what has it is whole
}

function cacheFolder(): string {
  return Deno.env.get("PVE_DRIFT_LAB_CACHE") || `${homedir()}/.cache/pve-drift-lab`;
}

/**
 * The version of a part: of the module that holds the tool, or of its own sources, read as `tests/lab/install` reads
 * it.
 */
function wantedVersion(name: string): string {
  if (name === "debian") {
    return /^debian_release=(\w+)/m.exec(Deno.readTextFileSync(new URL("./install", import.meta.url)))![1]!;
  }
  const pack = PYTHON[name];
  if (pack !== undefined) {
    const requirements = new URL(`./${name}/requirements.txt`, import.meta.url);
    const version = new RegExp(`^${pack}==([\\d.]+)`, "m").exec(Deno.readTextFileSync(requirements))?.[1];
    return `${version}-${contentOf([requirements])}`;
  }
  if (name === "provider") {
    const folder = new URL("./provider/", import.meta.url);
    const names = [...Deno.readDirSync(folder)].map((one) => one.name).filter((one) => one.endsWith(".go")).sort();
    return contentOf([...names, "go.mod", "go.sum"].map((one) => new URL(one, folder)));
  }
  const lines = Deno.readTextFileSync(new URL(`./tools/${name}/go.mod`, import.meta.url)).split("\n");
  const tool = lines.find((line) => line.startsWith("tool "))?.slice("tool ".length);
  for (const line of lines) {
    const [module, version] = line.replace(/^require /, "").trim().split(" ");
    if (tool && module && version?.startsWith("v") && `${tool}/`.startsWith(`${module}/`)) return version.slice(1);
  }
  throw new Error(`Cannot tell the version of "${name}": its go.mod requires no module that holds the tool`);
}

function contentOf(files: URL[]): string {
  const sum = (content: string | Uint8Array) => createHash("sha256").update(content).digest("hex");
  return sum(files.map((file) => `${sum(Deno.readFileSync(file))}\n`).join("")).slice(0, 12);
}
