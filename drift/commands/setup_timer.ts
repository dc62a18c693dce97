/**
 * The step of `setup` that lets systemd check every morning.
 *
 * @module
 */

import { must, shellLine } from "./setup_machine.ts";
import type { SetupStep } from "./setup_step.ts";

const TIMER = "pve-drift-check.timer";
const ENABLE = ["systemctl", "enable", "--now", TIMER] as const;

/** The step. */
export const timer: SetupStep = {
  title: "Timer: a check every morning",
  async run({ dialog, places, machine }) {
    const { code, said } = await machine("systemctl", "is-enabled", TIMER);
    if (code === 127 || /not-found|no such file|not been booted/i.test(said)) {
      await dialog.say(`systemd has no "${TIMER}" here: the package or "deno task install" brings it.`);
      return {};
    }
    if (code === 0) {
      await dialog.say(`"${TIMER}" is on already.`);
      return {};
    }
    if (!places.isService) {
      await dialog.say("The timer starts the service's checks, by the service's own configuration.");
      return { forRoot: [shellLine(ENABLE)] };
    }
    await dialog.say(`"${TIMER}" checks at six, or when the machine is back. To be run:`);
    await dialog.show([shellLine(ENABLE)]);
    if (!await dialog.confirm("Check every morning, and once now if the doctor finds all in order?")) return {};
    await must(machine, ENABLE);
    await dialog.say(`"${TIMER}" is on.`);
    return { checksNow: true };
  },
};
