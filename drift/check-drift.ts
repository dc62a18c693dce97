/**
 * pve-drift: tells what differs between Terraform code and a running Proxmox VE, and never changes anything.
 *
 * The entrypoint: a command line becomes a command, which gives the exit code. What a run does not need is not loaded.
 *
 * @module
 */

import { messageOf } from "../lib/message_of.ts";
import { print } from "../lib/print.ts";
import type { CliOptions } from "./cli/parse.ts";
import { UsageError } from "./usage_error.ts";

/** Exit code of a wrong command line or configuration. */
const USAGE = 64;

/** Exit code where the reader of the output left before its end, as of a program that SIGPIPE ends. */
const READER_GONE = 141;

async function main(args: string[]): Promise<number> {
  if (args.length === 0) return await introduce();
  let cli: CliOptions | undefined;
  try {
    const { parseCli } = await import("./cli/parse.ts");
    cli = parseCli(args);
    return await run(cli);
  } catch (error) {
    await complain(error, cli);
    return error instanceof UsageError ? USAGE : 1;
  }
}

/** Without any argument nothing was asked for: says what can be. */
async function introduce(): Promise<number> {
  const [{ introduction }, { openWorld }] = await Promise.all([import("./cli/help.ts"), import("./world.ts")]);
  await print(introduction((await openWorld()).columns), Deno.stderr).catch(() => {}); // nobody reads it
  return USAGE;
}

async function run(cli: CliOptions): Promise<number> {
  const [{ openWorld }, { CHECK, COMMANDS }] = await Promise.all([import("./world.ts"), import("./commands/table.ts")]);
  const row = COMMANDS.find(({ name }) => name === cli.command);
  const command = await (row ?? { load: cli.dryRun ? CHECK.loadDryRun : CHECK.load }).load();
  const world = await openWorld(cli);
  try {
    return await command.run(cli, world) || (world.isReaderGone() ? READER_GONE : 0);
  } finally {
    await world.logged();
  }
}

/** Tells the operator why there is no result. */
async function complain(error: unknown, cli?: CliOptions): Promise<void> {
  const { log, logged } = await (await import("./world.ts")).openWorld(cli);
  log.error(error instanceof UsageError ? error.message : `Cannot go on: ${messageOf(error)}`);
  await logged();
}

/** The end that nobody caught: a line instead of a stack trace, no child left, and no exit code that looks clean. */
async function end(error: unknown) {
  try {
    const { killAllGroups } = await import("../lib/process.ts");
    killAllGroups();
    await complain(error);
  } catch {
    // A part of the program is missing: without this line, each failure to tell of it would be the next one to tell of.
    Deno.stderr.writeSync(new TextEncoder().encode(`error: Cannot go on: ${messageOf(error)}\n`));
  } finally {
    Deno.exit(1);
  }
}

if (import.meta.main) {
  // The child of a file: sink where the program is one file: it has hardly any permission, and must not look at anything else.
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
