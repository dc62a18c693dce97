/**
 * The end of `setup`: the doctor, as the service would run it, and a first check.
 *
 * @module
 */

import { findProgram } from "../../lib/find_program.ts";
import { messageOf } from "../../lib/message_of.ts";
import { must, SERVICE_PATH, shellLine } from "./setup_machine.ts";
import type { Setup } from "./setup_step.ts";

const CHECK = ["systemctl", "start", "--no-block", "pve-drift-check.service"] as const;

/**
 * Runs `doctor` in a process of its own: the service is another user, with other variables, in folders of its own.
 *
 * @returns Its exit code.
 */
export async function doctor({ places, world }: Pick<Setup, "places" | "world">): Promise<number> {
  // The installed command knows how to become the service, and names itself.
  const service = places.isService
    ? world.env.PVE_DRIFT_COMMAND ?? await findProgram("pve-drift", SERVICE_PATH).catch(() => undefined)
    : undefined;
  const own = ["doctor", ...service === undefined ? ["--config", places.config] : []];
  const [command, args] = service === undefined ? ownProgram(world, own) : [service, own];
  try {
    const child = new Deno.Command(command, { args, stdin: "null", stdout: "inherit", stderr: "inherit" }).spawn();
    return (await child.status).code;
  } catch (cause) {
    throw new Error(`Cannot run "${shellLine([command, ...args])}": ${messageOf(cause)}`, { cause });
  }
}

/** How this program is started again with other words. */
function ownProgram({ program }: Setup["world"], words: string[]): [command: string, args: string[]] {
  const { execPath, standalone, mainModule } = program;
  if (standalone) return [execPath, words];
  // The source finds its deno.json beside itself; the bundle must not find another one.
  const flags = mainModule.endsWith(".ts") ? ["-P=drift"] : ["--no-config", "--cached-only", "-A", "--deny-ffi"];
  return [execPath, ["run", "-q", "--no-prompt", ...flags, mainModule, ...words]];
}

/** Starts a first check in the background, unless the doctor has found what would keep it from working. */
export async function firstCheck({ dialog, machine }: Setup, isHealthy: boolean): Promise<void> {
  if (!isHealthy) {
    return await dialog.say(
      'No check was started. Mend what the doctor names, then run "systemctl start pve-drift-check.service".',
    );
  }
  await must(machine, CHECK);
  await dialog.say('The first check is running: "journalctl -fu pve-drift-check.service" shows it.');
}
