/**
 * Terraform's data directory of one environment, below the state directory: what an `init` leaves there, and whether that
 * can be used again.
 *
 * @module
 */

import { createHash } from "node:crypto";
import { dirname, join } from "node:path";
import { writeFileAtomic } from "../../lib/atomic_file.ts";

/** What an `init` depends on that `plan` does not notice when it changes. */
export interface InitInputs {
  /** Absolute path of the program. */
  bin: string;
  /** Absolute path of the environment's folder. */
  dir: string;
  /** Absolute paths of files, or `key=value`. */
  backendConfig: string[];
}

/** The data directory of one environment. */
export class DataDir {
  /** `path`: absolute; what notes the inputs of the last `init` lies beside it. */
  constructor(readonly path: string) {}

  /**
   * Whether what an `init` of an earlier check left can be used: it was made of the same, is not damaged (a full disk, a
   * crash; Terraform would blame the state), and holds no module that was fetched from elsewhere: there it may have changed,
   * and a fresh checkout would have it so.
   */
  async isReady(inputs: InitInputs): Promise<boolean> {
    const stamp = await Deno.readTextFile(this.#stampFile).catch(() => undefined);
    if (stamp === undefined || stamp !== await stampOf(inputs)) return false;
    try {
      await this.#read("terraform.tfstate");
      const { Modules = [] } = await this.#read("modules/modules.json") as { Modules?: { Source: string }[] };
      return Modules.every(({ Source }) => Source === "" || /^\.\.?(?:\/|$)/.test(Source));
    } catch {
      return false;
    }
  }

  /** Notes what an `init` that succeeded was made of. */
  async markReady(inputs: InitInputs): Promise<void> {
    await writeFileAtomic(this.#stampFile, await stampOf(inputs), { mode: 0o600 });
  }

  /** Forgets backend, workspace and modules: a backend that was set up before is not migrated, and modules are fetched anew. */
  async forget(): Promise<void> {
    for (const name of ["terraform.tfstate", "environment", "modules"]) {
      await Deno.remove(join(this.path, name), { recursive: true }).catch(() => {});
    }
    await Deno.remove(this.#stampFile).catch(() => {});
  }

  /**
   * An `init` that knows of no backend moves a state that lies beside the code into the one that the code names: it
   * empties the file where it holds what the backend holds, and else wants to be asked, `-reconfigure` or not. So it is told
   * of a backend before, one of ours that holds nothing, and `-migrate-state` moves nothing.
   */
  async pretendEmptyBackend(): Promise<void> {
    const nothing = join(this.path, "nothing");
    const config = { path: join(nothing, "terraform.tfstate"), workspace_dir: join(nothing, "workspaces") };
    const backend = { type: "local", config, hash: 0 };
    const text = JSON.stringify({ version: 3, serial: 1, lineage: crypto.randomUUID(), backend });
    await Deno.mkdir(this.path, { recursive: true, mode: 0o700 });
    await writeFileAtomic(join(this.path, "terraform.tfstate"), text, { mode: 0o600 });
  }

  /** The workspace that is selected in it. */
  async workspace(): Promise<string> {
    return await Deno.readTextFile(join(this.path, "environment")).then((text) => text.trim(), () => "default");
  }

  get #stampFile(): string {
    return join(dirname(this.path), "stamp");
  }

  /** A file of JSON; `{}` where there is none. */
  async #read(name: string): Promise<unknown> {
    try {
      return JSON.parse(await Deno.readTextFile(join(this.path, name)));
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return {};
      throw error;
    }
  }
}

async function stampOf({ bin, dir, backendConfig }: InitInputs): Promise<string> {
  const { mtime, size } = await Deno.stat(bin);
  const hash = createHash("sha256").update(JSON.stringify([bin, mtime?.getTime(), size, dir]));
  for (const entry of backendConfig) {
    hash.update(`\n${entry}\n`);
    if (entry.startsWith("/")) hash.update(await Deno.readFile(entry).catch(() => new Uint8Array()));
  }
  return hash.digest("hex");
}
