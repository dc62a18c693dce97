/**
 * The file in which the page keeps what it shows beyond one run. A digest tells a damaged one.
 *
 * @module
 */

import { createHash } from "node:crypto";
import { join } from "node:path";
import { writeFileAtomic } from "../../lib/atomic_file.ts";
import { messageOf } from "../../lib/message_of.ts";
import { type Kept, NOTHING_KEPT } from "./kept.ts";

const FILE = "kept.json";
/** Raised where an older file would be read wrongly; such a file is set aside. */
const VERSION = 1;
const LARGEST = 64 * 1024 * 1024;

/** What a file holds. */
interface Stored {
  version: number;
  /** Values of attributes stood in the reports. */
  values: boolean;
  kept: Kept;
}

/** Options of {@linkcode readKept}. */
export interface ReadOptions {
  /** Whether values may be shown. Where they no longer may, what was kept with them is forgotten, but for the days. */
  values: boolean;
  /** Milliseconds since 1970. */
  now: number;
  /** Told where a damaged file was set aside. */
  warn: (message: string) => void;
}

/** Reads what is kept in a folder. Throws where the file can be neither read nor set aside, and names it. */
export async function readKept(folder: string, { values, now, warn }: ReadOptions): Promise<Kept> {
  const file = join(folder, FILE);
  const aside = `${file}.damaged-${now}`;
  try {
    const { isFile, size } = await Deno.lstat(file);
    const stored = isFile && size <= LARGEST ? parsed(await Deno.readTextFile(file)) : undefined;
    if (stored) return stored.values && !values ? withoutReports(stored.kept) : stored.kept;
    await Deno.rename(file, aside);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return NOTHING_KEPT;
    throw new Error(`Cannot read what earlier runs left for the page in "${file}": ${messageOf(error)}`, {
      cause: error,
    });
  }
  warn(
    `What earlier runs left for the page was damaged and is set aside as "${aside}": the page begins anew, and shows ` +
      "environments again once they are checked",
  );
  return NOTHING_KEPT;
}

/** Keeps it, whole or not at all. Throws where it cannot be written. */
export async function writeKept(folder: string, kept: Kept, values: boolean): Promise<void> {
  const text = JSON.stringify({ version: VERSION, values, kept } satisfies Stored);
  await writeFileAtomic(join(folder, FILE), `${digest(text)}\n${text}\n`, { mode: 0o600 });
}

/** What a text of ours says; nothing where it is not as it was written. */
function parsed(text: string): Stored | undefined {
  const [, found, json] = /^([0-9a-f]{64})\n(.*)\n$/s.exec(text) ?? [];
  if (json === undefined || found !== digest(json)) return undefined;
  const stored: Stored = JSON.parse(json);
  return stored.version === VERSION ? stored : undefined;
}

function digest(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

function withoutReports({ environments }: Kept): Kept {
  const bare = Object.entries(environments).map(([name, { days }]) => [name, { days }] as const);
  return { environments: Object.fromEntries(bare), clusters: {} };
}
