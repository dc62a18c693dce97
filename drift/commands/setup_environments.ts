/**
 * The step of `setup` that finds environments and names them in the configuration.
 *
 * @module
 */

import { dirname, resolve } from "node:path";
import { type ConfigEdit, editConfig } from "../config/edit.ts";
import { refuseEnvironmentsFolder } from "../config/file.ts";
import { configText, type FirstConfig, firstConfig } from "../config/first_config.ts";
import { seenNearby } from "../config/nearby.ts";
import { noneThere } from "../config/select.ts";
import {
  lookInto,
  notesOn,
  rootOf,
  seeEnvironments,
  type SeenEnvironments,
  seePrograms,
  seeSinks,
  warningsOf,
} from "../run/first_look.ts";
import { UsageError } from "../usage_error.ts";
import { CONFIG_MODE, type FoundConfig, makeFolder, readConfig } from "./setup_config.ts";
import { opening, shellLine } from "./setup_machine.ts";
import { SERVICE } from "./setup_places.ts";
import { type Setup, type SetupStep, write } from "./setup_step.ts";

/** The step. */
export const environments: SetupStep = {
  title: "Environments: the folders of your Terraform or OpenTofu code",
  async missing(setup) {
    const found = await readConfig(setup);
    const { seen } = await look(await usualRoot(setup, found), setup);
    return namesSome(found) || seen !== undefined ? [] : ["--root DIR, the folder that holds the environments"];
  },
  async run(setup) {
    const { dialog, places, world, stop } = setup;
    const found = await readConfig(setup);
    if (namesSome(found) && setup.cli.root === undefined) {
      await dialog.say(`Kept "${places.config}", which names: ${namedIn(found!).join(", ")}.`);
      return {};
    }
    const { root, seen } = await choose(setup, found);
    await refuseEnvironmentsFolder(places.config, seen.environments);
    const programs = await seePrograms(world);
    const environments = await lookInto(seen, root, programs, world, stop);
    const sinks = found ? [] : await seeSinks(world, stop);
    const wanted = firstConfig(root, environments, programs, sinks.flatMap(({ entry }) => entry ?? []));
    const names = wanted.environments ? Object.keys(wanted.environments) : environments.map(({ name }) => name);
    await dialog.say(`Found in "${root}": ${names.join(", ")}.`);
    await dialog.show(notesOn(environments));
    for (const warning of warningsOf(seen.passedOver, root)) await dialog.say(`Warning: ${warning}`);
    await settle(setup, found, wanted);
    return places.isService ? {} : { forRoot: linesForRoot(places.config, root) };
  },
};

/** How root gives the service the same environments. */
function linesForRoot(config: string, root: string): string[] {
  return [["install", "-m", "0644", config, SERVICE.config], ...opening(root)].map(shellLine);
}

/** Names of the environments that the configuration lists by itself. */
function namedIn({ raw }: FoundConfig): string[] {
  return Object.entries(raw.environments ?? {}).flatMap(([name, entry]) => entry === false ? [] : [name]);
}

function namesSome(found: FoundConfig | undefined): boolean {
  return found !== undefined && namedIn(found).length > 0;
}

/** What is asked for, else what the configuration says, else the usual folder. */
async function usualRoot({ cli, world, places }: Setup, found: FoundConfig | undefined): Promise<string> {
  if (cli.root === undefined && found?.raw.root !== undefined) return resolve(dirname(places.config), found.raw.root);
  return await rootOf(cli.root, world.cwd);
}

/** The environments below a folder, or why there are none. */
async function look(root: string, { world }: Setup): Promise<{ seen?: SeenEnvironments; why: string }> {
  try {
    const seen = await seeEnvironments(root, world.cwd);
    if (seen.environments.length > 0) return { seen, why: "" };
    const nearby = await seenNearby(root, root, world.cwd);
    const none = noneThere({ passedOver: seen.passedOver, nearby });
    return { why: [none.problem, ...none.seen].join(". ") };
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    return { why: error.message };
  }
}

/** The folder that holds environments; asks for another one until it does. */
async function choose(
  setup: Setup,
  found: FoundConfig | undefined,
): Promise<{ root: string; seen: SeenEnvironments }> {
  const { dialog, world } = setup;
  const usual = await usualRoot(setup, found);
  const first = await look(usual, setup);
  if (first.seen) return { root: usual, seen: first.seen };
  await dialog.say(`${first.why}.`);
  const rootIn = (answer: string) => resolve(world.cwd, answer);
  const answer = await dialog.ask({
    message: "Folder that holds the environments' folders",
    async problem(answer) {
      if (answer === "") return "Name a folder";
      const { seen, why } = await look(rootIn(answer), setup);
      return seen ? undefined : why;
    },
  });
  const root = rootIn(answer);
  return { root, seen: (await look(root, setup)).seen! };
}

/** Writes a first configuration, or what the one that is there lacks. */
async function settle(setup: Setup, found: FoundConfig | undefined, wanted: FirstConfig): Promise<void> {
  const { dialog, places: { config } } = setup;
  if (found === undefined) {
    const text = configText(wanted, "setup");
    await dialog.say(`To be written to "${config}", which everybody may read:`);
    await dialog.show(text.trimEnd().split("\n"));
    if (!await dialog.confirm(`Write "${config}"?`)) return;
    await makeFolder(config, 0o755);
    await write(setup, config, text, CONFIG_MODE);
    return;
  }
  const edits = editsFor(found, wanted, dirname(config));
  if (edits.length === 0) return await dialog.say(`Kept "${config}", which finds them already.`);
  await dialog.say(`To be set in "${config}", where the rest stays as it is:`);
  await dialog.show(edits.map(({ path, value }) => `"${path.join(".")}": ${JSON.stringify(value)}`));
  if (!await dialog.confirm(`Change "${config}"?`)) return;
  await write(setup, config, await editConfig(found.text, edits), CONFIG_MODE);
}

function editsFor({ raw }: FoundConfig, wanted: FirstConfig, base: string): ConfigEdit[] {
  const isSameRoot = raw.root !== undefined && resolve(base, raw.root) === wanted.root;
  return [
    ...isSameRoot ? [] : [{ path: ["root"], value: wanted.root }],
    ...wanted.environments ? [{ path: ["environments"], value: wanted.environments }] : [],
    ...wanted.terraform && !raw.terraform?.bin ? [{ path: ["terraform", "bin"], value: wanted.terraform.bin }] : [],
  ];
}
