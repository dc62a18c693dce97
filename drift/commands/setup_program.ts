/**
 * The step of `setup` that looks for Terraform or OpenTofu.
 *
 * @module
 */

import { basename } from "node:path";
import { messageOf } from "../../lib/message_of.ts";
import { findTool, parseTool } from "../terraform/tool.ts";
import { readConfig } from "./setup_config.ts";
import { SERVICE_PATH } from "./setup_machine.ts";
import type { Setup, SetupStep } from "./setup_step.ts";

/** The step. */
export const program: SetupStep = {
  title: "Program: Terraform or OpenTofu, 1.8 or newer",
  async run(setup) {
    const { dialog, machine } = setup;
    try {
      const bin = await find(setup);
      const { said } = await machine(bin, "version");
      const tool = parseTool(said);
      const name = tool === undefined
        ? basename(bin)
        : `${tool.name === "tofu" ? "OpenTofu" : "Terraform"} ${tool.version}`;
      await dialog.say(`Checks run ${name}, "${bin}".`);
    } catch (error) {
      await dialog.say(`${messageOf(error)}.`);
      await dialog.show([
        "Terraform: https://developer.hashicorp.com/terraform/install",
        "OpenTofu:  https://opentofu.org/docs/intro/install/",
      ]);
      await dialog.say("Install one of them before the first check; nothing here has to be done again for it.");
    }
    return {};
  },
};

/** The configured one, else the first of the two. */
async function find(setup: Setup): Promise<string> {
  const { places, world } = setup;
  const path = places.isService ? SERVICE_PATH : world.env.PATH;
  const configured = (await readConfig(setup))?.raw.terraform?.bin;
  if (configured !== undefined) return await findTool(configured, path);
  return await findTool("terraform", path).catch((error) => findTool("tofu", path).catch(() => Promise.reject(error)));
}
