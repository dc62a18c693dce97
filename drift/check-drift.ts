/**
 * pve-drift: tells what differs between Terraform code and a running Proxmox VE, and never changes anything.
 *
 * The entrypoint: a command line becomes a command, which gives the exit code. What a run does not need is not loaded.
 *
 * @module
 */

import { messageOf } from "../lib/message_of.ts";
import type { CliOptions } from "./cli/parse.ts";
import { UsageError } from "./usage_error.ts";
import { openWorld, type World } from "./world.ts";

/** Exit code of a wrong command line or configuration. */
const USAGE = 64;

async function main(args: string[]): Promise<number> {
  let world: World | undefined;
  try {
    const { parseCli } = await import("./cli/parse.ts");
    const cli = parseCli(args);
    world = openWorld(cli);
    return await run(cli, world);
  } catch (error) {
    world ??= openWorld();
    world.log.error(error instanceof UsageError ? error.message : `Cannot go on: ${messageOf(error)}`);
    return error instanceof UsageError ? USAGE : 1;
  } finally {
    await world?.logged();
  }
}

async function run(cli: CliOptions, world: World): Promise<number> {
  if (cli.help) {
    await world.print((await import("./cli/help.ts")).usage());
    return 0;
  }
  if (cli.version) {
    await world.print(`pve-drift ${world.version}\n`);
    return 0;
  }
  const { CHECK, COMMANDS } = await import("./commands/table.ts");
  const row = COMMANDS.find(({ name }) => name === cli.command);
  const command = await (row ?? { load: cli.dryRun ? CHECK.loadDryRun : CHECK.load }).load();
  return await command.run(cli, world);
}

/** The end that nobody caught: a line instead of a stack trace, no child left, and no exit code that looks clean. */
async function end(error: unknown) {
  const { killAllGroups } = await import("../lib/process.ts");
  killAllGroups();
  const world = openWorld();
  world.log.error(`Cannot go on: ${messageOf(error)}`);
  await world.logged();
  Deno.exit(1);
}

if (import.meta.main) {
  // The child of a file: sink has hardly any permission: it must not look at anything else.
  if (Deno.args[0] === "__sink") Deno.exit(await (await import("../sinks/load.ts")).runSinkChild());
  addEventListener("unhandledrejection", (event) => {
    event.preventDefault();
    end(event.reason);
  });
  addEventListener("error", (event) => {
    event.preventDefault();
    end(event.error);
  });
  Deno.exit(await main(Deno.args));
}
