/**
 * The step of `setup` that asks for the logins of providers and backends.
 *
 * @module
 */

import { dirname, resolve } from "node:path";
import { parseEnvFile } from "../config/env_file.ts";
import { namesIn, withVariables } from "../config/login_file.ts";
import { lookInto, rootOf, seeEnvironments, seePrograms } from "../run/first_look.ts";
import { providerOf } from "../providers/registry.ts";
import { lockedProviders } from "../terraform/lock_file.ts";
import { backendLogin, type LoginVariable } from "../terraform/login.ts";
import { regularFile } from "../../lib/settings_file.ts";
import { readConfig } from "./setup_config.ts";
import { type Setup, type SetupStep, write } from "./setup_step.ts";

/** Root alone: systemd reads it before it becomes the service's user. */
const MODE = 0o600;

const NONE = "The code uses nothing that asks for one.";

/** The step. */
export const login: SetupStep = {
  title: "Login: how checks get into Proxmox and the state's backend",
  async missing(setup) {
    if (!setup.places.isService || setup.cli.loginFile !== undefined) return [];
    const wanted = lacking((await read(setup)).variables, await there(setup));
    return wanted.length === 0
      ? []
      : [`--login-file FILE, with lines like ${wanted.map(({ name }) => `${name}=…`).join(" and ")}`];
  },
  async run(setup) {
    const { cli, dialog, places } = setup;
    if (!places.isService) return await explain(setup);
    const text = await there(setup);
    if (cli.loginFile !== undefined) {
      const bytes = new TextEncoder().encode(await setup.readFile(cli.loginFile));
      await keep(setup, text, parseEnvFile(bytes, cli.loginFile));
      return {};
    }
    const { variables, unlocked } = await read(setup);
    const wanted = lacking(variables, text);
    await tellUnlocked(unlocked, dialog);
    if (wanted.length === 0) {
      if (variables.length > 0) await dialog.say(`Kept "${places.login}".`);
      else if (unlocked.length === 0) await dialog.say(NONE);
      return {};
    }
    await dialog.say(
      `The answers go into "${places.login}", which root alone may read. Leave empty what is set elsewhere. How ` +
        'to make a token that only reads is in the handbook, docs/DRIFT-DETECTION.md, under "A token that reads".',
    );
    await keep(setup, text, await ask(wanted, setup));
    return {};
  },
};

/** The file as it is; nothing where there is none. */
async function there({ places }: Setup): Promise<string | undefined> {
  return await regularFile(places.login) === undefined ? undefined : await Deno.readTextFile(places.login);
}

/** What is known of the code. */
interface Read {
  /** What the providers and backends of the environments read. */
  variables: LoginVariable[];
  /** Names of environments whose providers nobody knows yet. */
  unlocked: string[];
}

async function read(setup: Setup): Promise<Read> {
  const { cli, places, world, stop } = setup;
  const found = await readConfig(setup);
  const root = cli.root === undefined && found?.raw.root !== undefined
    ? resolve(dirname(places.config), found.raw.root)
    : await rootOf(cli.root, world.cwd);
  const seen = await seeEnvironments(root, world.cwd).catch(() => undefined);
  if (seen === undefined) return { variables: [], unlocked: [] };
  const locked = await Promise.all(
    seen.environments.map(async ({ name, dir }) => ({ name, sources: Object.keys(await lockedProviders(dir)) })),
  );
  const sources = [...new Set(locked.flatMap(({ sources }) => sources))].sort();
  const backends = (await lookInto(seen, root, await seePrograms(world), world, stop)).flatMap(({ backend = [] }) =>
    backend
  );
  const all = [
    ...sources.flatMap((source) => providerOf(source).login),
    ...[...new Set(backends)].sort().flatMap(backendLogin),
  ];
  return {
    variables: [...new Map(all.map((one) => [one.name, one])).values()],
    unlocked: locked.flatMap(({ name, sources }) => sources.length === 0 ? [name] : []),
  };
}

async function tellUnlocked(names: readonly string[], dialog: Setup["dialog"]): Promise<void> {
  if (names.length === 0) return;
  const [have, their] = names.length === 1 ? ["has", "its"] : ["have", "their"];
  await dialog.say(
    `${names.join(", ")} ${have} no .terraform.lock.hcl, so what ${their} providers ask for is not known. ` +
      'If the code uses any, run "terraform init" or "tofu init" there, and then setup again.',
  );
}

function lacking(variables: readonly LoginVariable[], text = ""): LoginVariable[] {
  const names = namesIn(text);
  return variables.filter(({ name, instead = [] }) => ![name, ...instead].some((one) => names.has(one)));
}

async function ask(wanted: readonly LoginVariable[], { dialog }: Setup): Promise<Record<string, string>> {
  const answers: Record<string, string> = {};
  for (const { name, question, isSecret, shape, wanted: form } of wanted) {
    const asked = {
      message: `${question} (${name})`,
      problem: (answer: string) => answer === "" || shape.test(answer) ? undefined : `${name} must be ${form}`,
    };
    const answer = await (isSecret ? dialog.askSecret(asked) : dialog.ask(asked));
    if (answer !== "") answers[name] = answer;
  }
  return answers;
}

async function keep(setup: Setup, text: string | undefined, answers: Record<string, string>): Promise<void> {
  const { dialog, places } = setup;
  const names = Object.keys(answers);
  if (names.length === 0) return await dialog.say("Nothing to write.");
  await write(setup, places.login, withVariables(text, answers), MODE);
  await dialog.say(`It holds ${names.join(", ")}.`);
}

/** Somebody's own checks take logins from their shell. */
async function explain(setup: Setup): Promise<{ forRoot?: readonly string[] }> {
  const { variables, unlocked } = await read(setup);
  await tellUnlocked(unlocked, setup.dialog);
  if (variables.length === 0) {
    if (unlocked.length === 0) await setup.dialog.say(NONE);
    return {};
  }
  await setup.dialog.say(
    `Your own checks take it from your shell: ${variables.map(({ name }) => name).join(", ")}. The service takes it ` +
      `from "${setup.places.login}".`,
  );
  return { forRoot: [`sh -c 'umask 077; cat >>${setup.places.login}'   # type NAME=VALUE lines, then Ctrl-D`] };
}
