/**
 * The step of `setup` that lets the service read the environments.
 *
 * @module
 */

import { dirname, resolve } from "node:path";
import { DEFAULT_ROOT } from "../config/load.ts";
import { readConfig } from "./setup_config.ts";
import { type Machine, must, opening, SERVICE_USER, shellLine } from "./setup_machine.ts";
import type { Setup, SetupStep } from "./setup_step.ts";

/** Folders that the shipped units hide from the service. */
const HIDDEN = /^\/(?:home|root|run\/user)(?:\/|$)/;

/** The step. */
export const access: SetupStep = {
  title: "Access: what the service may read",
  isOfService: true,
  async run(setup) {
    const { dialog, machine } = setup;
    if ((await machine("id", "-u", SERVICE_USER)).code !== 0) {
      await dialog.say(`There is no user "${SERVICE_USER}" yet: the package or "deno task install" makes it.`);
      return {};
    }
    const root = await rootIn(setup);
    if (HIDDEN.test(root)) {
      await dialog.say(
        `The service does not see "${root}": systemd hides homes from it. Move the code, to /srv/environments for ` +
          'example, and run setup again, or set ProtectHome=read-only with "systemctl edit pve-drift-check.service".',
      );
      return {};
    }
    if (await unreadable(root, machine) === undefined) {
      await dialog.say(`User "${SERVICE_USER}" may read all of "${root}".`);
      return {};
    }
    await grant(root, setup);
    return {};
  },
};

async function rootIn(setup: Setup): Promise<string> {
  const found = await readConfig(setup);
  return resolve(dirname(setup.places.config), found?.raw.root ?? DEFAULT_ROOT);
}

/** Something at or below a folder that the service's user may not read; nothing where there is nothing. */
async function unreadable(root: string, machine: Machine): Promise<string | undefined> {
  const closed = ["(", "!", "-readable", "-o", "-type", "d", "!", "-executable", ")", "-print", "-quit"];
  const { code, said } = await machine("runuser", "-u", SERVICE_USER, "--", "find", root, ...closed);
  if (code === 127) throw new Error(`Cannot tell what user "${SERVICE_USER}" may read: ${said}`);
  return code === 0 && said === "" ? undefined : said;
}

/** Gives the code to the service's group, which then reads it. */
async function grant(root: string, { dialog, machine }: Setup): Promise<void> {
  const commands = opening(root);
  await dialog.say(`User "${SERVICE_USER}" may not read all of "${root}". These commands let its group read it:`);
  await dialog.show(commands.map(shellLine));
  if (!await dialog.confirm("Run them?")) return;
  for (const words of commands) await must(machine, words);
  const left = await unreadable(root, machine);
  await dialog.say(
    left === undefined
      ? `User "${SERVICE_USER}" may read all of it now.`
      : `User "${SERVICE_USER}" still may not read "${left}": look at the folders above it.`,
  );
}
