/**
 * Where an environment's state is kept, in words.
 *
 * @module
 */

import { join } from "node:path";
import type { Environment } from "./config.ts";

/** Terraform's data directory (`TF_DATA_DIR`) of an environment: ours, below the state directory. */
export function dataDirOf(stateDir: string, environment: string): string {
  return join(stateDir, "environments", environment, "terraform");
}

/** Where the state is kept, as `backend "s3", bucket "b", key "k", workspace "default"`; without credentials. */
export async function stateAt(environment: Environment, dataDir: string): Promise<string> {
  const workspace = `workspace "${environment.workspace ?? "default"}"`;
  try {
    const { backend } = JSON.parse(await Deno.readTextFile(join(dataDir, "terraform.tfstate")));
    const names = ["bucket", "key", "path", "prefix", "address", "hostname"];
    const place = names.filter((name) => typeof backend.config?.[name] === "string")
      .map((name) => `${name} "${withoutCredentials(backend.config[name])}"`);
    return [`backend "${backend.type}"`, ...place, workspace].join(", ");
  } catch {
    return `backend "local", path "${join(environment.dir, "terraform.tfstate")}", ${workspace}`;
  }
}

/** An address without what of a URL can be secret: user, password and query. */
function withoutCredentials(text: string): string {
  return text.replace(/^(\w+:\/\/)[^/]*@/, "$1").replace(/^(\w+:\/\/[^?#]*)[?#].*$/s, "$1");
}
