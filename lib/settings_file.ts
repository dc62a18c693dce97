/**
 * Writes files of settings and secrets that an operator owns as well: what was there stays beside them, and nobody is led
 * elsewhere by a link.
 *
 * @module
 */

import { writeFileAtomic } from "./atomic_file.ts";

/** Options of {@linkcode writeSettings}. */
export interface SettingsOptions {
  /** Permission bits of a new file. A file that is there keeps those of its own that are among them. */
  mode: number;
  /** What the time is, in milliseconds since 1970: the name of a backup holds it. */
  now: number;
}

/** What was done. */
export interface WrittenSettings {
  /** `same`: it held this text already. */
  fate: "new" | "changed" | "same";
  /** Absolute path of what was there before. */
  backup?: string;
}

/**
 * Writes a file in one step, with its final permission bits from the start; its folder must be there. A file that holds
 * another text is copied to `PATH.TIME.bak` first, with its own owner and permission bits, and the new one keeps its owner.
 *
 * @throws {Error} Names the file: where a link or something else than a file is there, or it cannot be written. Then it is
 * unchanged.
 */
export async function writeSettings(path: string, text: string, options: SettingsOptions): Promise<WrittenSettings> {
  const there = await regularFile(path);
  if (there === undefined) {
    await writeFileAtomic(path, text, { mode: options.mode });
    return { fate: "new" };
  }
  const before = await Deno.readFile(path).catch((cause) => {
    throw new Error(`Cannot read "${path}": ${(cause as Error).message}`, { cause });
  });
  const owner = { uid: there.uid!, gid: there.gid! }, mode = there.mode! & 0o777;
  if (new TextDecoder().decode(before) === text && (mode & ~options.mode) === 0) return { fate: "same" };
  const stamp = new Date(options.now).toISOString().replace(/\..*$/, "").replaceAll(":", "-");
  const backup = `${path}.${stamp}.bak`;
  await writeFileAtomic(backup, before, { mode, owner });
  await writeFileAtomic(path, text, { mode: mode & options.mode, owner });
  return { fate: "changed", backup };
}

/**
 * What is at the path of a file of settings; nothing where nothing is.
 *
 * @throws {Error} Names the path, where a link or something else than a file is there.
 */
export async function regularFile(path: string): Promise<Deno.FileInfo | undefined> {
  let info: Deno.FileInfo;
  try {
    info = await Deno.lstat(path);
  } catch (cause) {
    if (cause instanceof Deno.errors.NotFound) return undefined;
    throw new Error(`Cannot look at "${path}": ${(cause as Error).message}`, { cause });
  }
  if (info.isSymlink) {
    const target = await Deno.readLink(path).catch(() => "elsewhere");
    throw new Error(
      `Cannot write "${path}": it is a link to "${target}": replace it by a file, or edit that file by hand`,
    );
  }
  if (!info.isFile) throw new Error(`Cannot write "${path}": it is no regular file`);
  return info;
}
