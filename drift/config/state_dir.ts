/**
 * Where the program remembers, unless the configuration says so.
 *
 * @module
 */

import { access, constants } from "node:fs/promises";
import { join } from "node:path";
import { UsageError } from "../usage_error.ts";

/**
 * The folder that systemd names, else the system's where it is writable, else one of the user's. Absolute; need not exist.
 *
 * @param env Of the process.
 * @param system The system's folder.
 * @param isUnused Nothing will be remembered, so that any place will do.
 * @throws {UsageError} Where there is no place, or systemd's is no absolute path.
 */
export async function defaultStateDir(env: Record<string, string>, system: string, isUnused: boolean): Promise<string> {
  const [given] = (env.STATE_DIRECTORY ?? "").split(":");
  if (given?.startsWith("/")) return given;
  if (given) {
    throw new UsageError(
      `Cannot keep the state in "${given}": STATE_DIRECTORY must be an absolute path, as systemd sets it`,
    );
  }
  const isWritable = await access(system, constants.W_OK).then(() => true, () => false);
  if (isWritable) return system;
  const home = env.HOME?.startsWith("/") ? join(env.HOME, ".local/state") : undefined;
  const folder = env.XDG_STATE_HOME?.startsWith("/") ? env.XDG_STATE_HOME : home;
  if (folder !== undefined) return join(folder, "pve-drift");
  if (isUnused) return system;
  throw new UsageError('Cannot tell where to keep memory: set "stateDir" in pve-drift.json, or HOME');
}
