/**
 * Where an environment's state is kept, in words.
 *
 * @module
 */

import { join, resolve } from "node:path";

/** What of an environment tells where its state is. */
export interface StatePlace {
  /** Absolute path of its folder. */
  dir: string;
  /** `default` where absent. */
  workspace?: string;
}

/** Terraform's data directory (`TF_DATA_DIR`) of an environment: ours, below the state directory. */
export function dataDirOf(stateDir: string, environment: string): string {
  return join(stateDir, "environments", environment, "terraform");
}

/** Where the state is kept, as `backend "s3", bucket "b", key "k", workspace "default"`; without credentials. */
export async function stateAt(environment: StatePlace, dataDir: string): Promise<string> {
  const workspace = `workspace "${environment.workspace ?? "default"}"`;
  const backend = await backendOf(dataDir).catch(() => undefined);
  if (!backend) return `backend "local", path "${join(environment.dir, "terraform.tfstate")}", ${workspace}`;
  const names = ["bucket", "key", "path", "prefix", "address", "hostname"];
  const place = names.filter((name) => typeof backend.config?.[name] === "string")
    .map((name) => `${name} "${withoutCredentials(backend.config[name])}"`);
  return [`backend "${backend.type}"`, ...place, workspace].join(", ");
}

/**
 * Whether the state is a local file that is not there yet. Then there is nothing to lock, and Terraform would make the file's
 * folders only to put its lock there.
 */
export async function lacksLocalState({ dir, workspace = "default" }: StatePlace, dataDir: string): Promise<boolean> {
  try {
    const { type = "local", config = {} } = await backendOf(dataDir) ?? {};
    if (type !== "local") return false;
    const file = workspace === "default"
      ? config.path ?? "terraform.tfstate"
      : join(config.workspace_dir ?? "terraform.tfstate.d", workspace, "terraform.tfstate");
    await Deno.stat(resolve(dir, file));
    return false;
  } catch (error) {
    return error instanceof Deno.errors.NotFound;
  }
}

/** The backend that an init noted; undefined where there is none. Throws where the note is damaged. */
// deno-lint-ignore no-explicit-any -- each backend has settings of its own
async function backendOf(dataDir: string): Promise<{ type?: string; config?: any } | undefined> {
  const text = await Deno.readTextFile(join(dataDir, "terraform.tfstate")).catch(() => "{}");
  return JSON.parse(text).backend;
}

/** An address without what of a URL can be secret: user, password and query. */
function withoutCredentials(text: string): string {
  return text.replace(/^(\w+:\/\/)[^/]*@/, "$1").replace(/^(\w+:\/\/[^?#]*)[?#].*$/s, "$1");
}
