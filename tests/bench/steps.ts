/**
 * What a check does before its first terraform, step by step, in a process of its own that has loaded nothing yet. Prints one
 * line of JSON: milliseconds by step.
 *
 *     deno run -A tests/bench/steps.ts OPTION…     options of a check
 *
 * @module
 */

const took: Record<string, number> = { "Deno, until our first line": performance.now() };

async function step<T>(name: string, work: () => T | Promise<T>): Promise<T> {
  const began = performance.now();
  const result = await work();
  took[name] = performance.now() - began;
  return result;
}

const cli = await step("the command line", async () => (await import("../../drift/cli/parse.ts")).parseCli(Deno.args));
const world = await step("the world around it", async () => (await import("../../drift/world.ts")).openWorld(cli));
await step("the command's modules", () => import("../../drift/commands/check.ts"));
const { loadConfig } = await import("../../drift/config/load.ts");
const needs = { environments: true, terraform: true, sinks: "configured" } as const;
await step("zod", () => import("../../drift/config/schema.ts"));
const config = await step("the configuration", () => loadConfig(cli, needs, world));
const { openStateDir } = await import("../../drift/run/state_dir.ts");
await using state = await step(
  "the state directory",
  () => openStateDir(config, world, new AbortController().signal, 0),
);
const { openSinks } = await import("../../drift/run/dispatch.ts");
const { sinkHost } = await import("../../drift/run/sink_host.ts");
await step("the sinks", () => openSinks(config.sinks, sinkHost({ ...config, stateDir: state!.path }, world, false)));
await step("dax", () => import("dax"));

Deno.stdout.writeSync(new TextEncoder().encode(`${JSON.stringify(took)}\n`));
Deno.exit(0);
