/**
 * Where snoozes are kept: `stateDir/snooze/ENV`, one file for each address. So the command that makes one and the check that
 * ends another never write the same file, and need no lock. They hold no values, like the memory.
 *
 * @module
 */

import { createHash } from "node:crypto";
import { join } from "node:path";
import { messageOf } from "../../lib/message_of.ts";
import { writeFileAtomic } from "../../lib/atomic_file.ts";
import type { Snooze, SnoozedFinding } from "./snooze.ts";

/** The snoozes of one environment. */
export class SnoozeFiles {
  readonly #stateDir: string;
  readonly #folder: string;

  /** Those of an environment, by its name. `stateDir` is absolute. */
  constructor(stateDir: string, environment: string) {
    this.#stateDir = stateDir;
    this.#folder = join(stateDir, "snooze", environment);
  }

  /**
   * Reads them, by address. A damaged file is set aside, unless `isReadOnly`, and said so: what it kept silent is told.
   *
   * @throws {Error} where the folder cannot be read
   */
  async load({ now, isReadOnly }: { now: number; isReadOnly: boolean }): Promise<{
    snoozes: Snooze[];
    problems: string[];
  }> {
    const names = (await this.#names()).filter((name) => /^[0-9a-f]{32}\.json$/.test(name)).sort();
    const snoozes: Snooze[] = [], problems: string[] = [];
    for (const name of names) {
      const file = join(this.#folder, name);
      const snooze = await Deno.readTextFile(file).then(parse, () => undefined);
      if (snooze && this.#fileOf(snooze.address) === file) snoozes.push(snooze);
      else problems.push(await setAside(file, now, isReadOnly));
    }
    return { snoozes: snoozes.toSorted((a, b) => a.address < b.address ? -1 : 1), problems };
  }

  /** Writes one, in place of another of its address. Throws where that fails. */
  async save(snooze: Snooze): Promise<void> {
    const owner = await this.#ownerFor();
    for (const folder of [join(this.#folder, ".."), this.#folder]) {
      await Deno.mkdir(folder, { mode: 0o700 }).catch((error) => {
        if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
      });
      if (owner) await Deno.chown(folder, owner.uid, owner.gid);
    }
    await writeFileAtomic(this.#fileOf(snooze.address), `${JSON.stringify(snooze)}\n`, {
      mode: 0o600,
      ...owner ? { owner } : {},
    });
  }

  /** Removes that of an address, if there is one. Throws where that fails. */
  async remove(address: string): Promise<void> {
    await Deno.remove(this.#fileOf(address)).catch((error) => {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    });
  }

  async #names(): Promise<string[]> {
    try {
      return await Array.fromAsync(Deno.readDir(this.#folder), ({ name }) => name);
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return [];
      throw new Error(`Cannot read the snoozes in "${this.#folder}": ${messageOf(error)}`, { cause: error });
    }
  }

  #fileOf(address: string): string {
    return join(this.#folder, `${createHash("sha256").update(address).digest("hex").slice(0, 32)}.json`);
  }

  /** What root writes in the state directory of a service, the service must be able to read and to end. */
  async #ownerFor(): Promise<{ uid: number; gid: number } | undefined> {
    const { uid, gid } = await Deno.stat(this.#stateDir);
    return Deno.uid() === 0 && uid && gid !== null ? { uid, gid } : undefined;
  }
}

async function setAside(file: string, now: number, isReadOnly: boolean): Promise<string> {
  if (isReadOnly) return `The snooze in "${file}" is damaged: the next check sets it aside`;
  const aside = `${file}.damaged-${now}`;
  return await Deno.rename(file, aside).then(
    () => `A snooze was damaged and is set aside as "${aside}": what it kept silent is told`,
    (error) => `The snooze in "${file}" is damaged, and what it kept silent is told. Remove it: ${messageOf(error)}`,
  );
}

function parse(text: string): Snooze | undefined {
  try {
    const { version, address, since, until, reason = "", findings } = JSON.parse(text) as Snooze;
    const isWhole = version === 1 && [address, reason].every(isText) && [since, until].every(isTime) &&
      Array.isArray(findings) && findings.length > 0 && findings.every(isFinding);
    return isWhole ? JSON.parse(text) : undefined;
  } catch {
    return undefined;
  }
}

function isFinding({ action, origin, path = "", hash }: SnoozedFinding): boolean {
  return [action, origin, path, hash].every(isText);
}

function isText(value: unknown): value is string {
  return typeof value === "string";
}

function isTime(value: unknown): boolean {
  return isText(value) && !Number.isNaN(Date.parse(value));
}
