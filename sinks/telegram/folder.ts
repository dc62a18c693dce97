/**
 * The folder that is kept of each chat, and what becomes of it when the chat gets another number: a group that is
 * upgraded to a supergroup does.
 *
 * @module
 */

import { join } from "node:path";
import { writeFileAtomic } from "../../lib/atomic_file.ts";
import type { Recipient } from "./client.ts";

const MIGRATION = "migration.json";
const VERSION = 1;

/** How a chat is called in messages: its number or name, and its topic behind a slash. */
export function nameOf({ chatId, threadId }: Recipient): string {
  return threadId === undefined ? `${chatId}` : `${chatId}/${threadId}`;
}

/** The chat's folder below `stateDir`. */
export function folderOf(stateDir: string, recipient: Recipient): string {
  return join(stateDir, `chat_${nameOf(recipient).replace("/", "_")}`);
}

/**
 * Gives a chat that is configured under its new number the folder that it had under the old one, so that nothing is told
 * twice and nothing that waits is lost. Does nothing where it has a folder, or where the old number is still in use.
 *
 * @param inUse All chats of the configuration.
 */
export async function adoptFolder(stateDir: string, recipient: Recipient, inUse: Recipient[]): Promise<void> {
  const folder = folderOf(stateDir, recipient);
  if (typeof recipient.chatId !== "number" || recipient.threadId !== undefined || await exists(folder)) return;
  const taken = new Set(inUse.map((one) => folderOf(stateDir, one)));
  for (const { name } of await Array.fromAsync(Deno.readDir(stateDir))) {
    const old = join(stateDir, name);
    if (!/^chat_-?\d+$/.test(name) || taken.has(old) || await readMigration(old) !== recipient.chatId) continue;
    await Deno.rename(old, folder);
    await Deno.remove(join(folder, MIGRATION));
    return;
  }
}

/** The number that a chat has got, where it is known; a record that cannot be read is none, since Telegram will tell again. */
export async function readMigration(folder: string): Promise<number | undefined> {
  try {
    const { version, to } = JSON.parse(await Deno.readTextFile(join(folder, MIGRATION)));
    return version === VERSION && Number.isSafeInteger(to) ? to : undefined;
  } catch {
    return undefined;
  }
}

/** Keeps the number that a chat has got. Throws where it cannot be written. */
export async function recordMigration(folder: string, to: number): Promise<void> {
  await writeFileAtomic(join(folder, MIGRATION), `${JSON.stringify({ version: VERSION, to })}\n`, { mode: 0o600 });
}

async function exists(path: string): Promise<boolean> {
  return await Deno.lstat(path).then(() => true, () => false);
}
