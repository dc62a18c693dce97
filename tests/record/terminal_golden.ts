/**
 * What people see in terminals of three widths and in a pipe, kept under tests/fixtures/terminal to be read by people in a
 * review. Run as a program, it writes them anew: `deno run -A tests/record/terminal_golden.ts`.
 *
 * @module
 */

import { join } from "node:path";
import { Estate, simple } from "../support/estate.ts";
import { ROOT, run } from "../support/programs.ts";
import { runInTerminal } from "../support/pty.ts";

/** Where something is looked at: a terminal of so many columns, or a pipe. */
export type Place = number | "pipe";

/** The places that each scene is kept for. */
export const PLACES: readonly Place[] = [60, 80, 120, "pipe"];

/** How long the path of an estate is, in characters. */
const ESTATE_WIDTH = "/tmp/pve-drift-test-0123456789abcdef".length;

/** All but the things that a machine or a user has of its own. */
const PLAIN = { TELEGRAM_BOT_TOKEN: "", CREDENTIALS_DIRECTORY: "", NO_COLOR: "1" };

/** What the scenes (see tests/support/terminal_scenes.ts) show there. */
export async function played(
  place: Place,
  scenes: readonly string[],
  env: Record<string, string> = {},
): Promise<string> {
  const args = ["run", "-q", "-A", "--no-prompt", join(ROOT, "tests/support/terminal_scenes.ts"), ...scenes];
  const variables = { ...PLAIN, ...env };
  const { code, ...said } = place === "pipe"
    ? await run(Deno.execPath(), args, { cwd: ROOT, env: variables }).then(({ code, stdout, stderr }) => ({
      code,
      text: stdout + stderr,
    }))
    : await runInTerminal(Deno.execPath(), args, { columns: place, cwd: ROOT, env: variables });
  if (code !== 0) throw new Error(`The scenes ended with exit code ${code}:\n${said.text}`);
  return said.text;
}

/** An estate in which all is as a check needs it, and one in which it is not; of fixed width, since lines are wrapped. */
export async function doctorEstates(): Promise<AsyncDisposable & { good: Estate; bad: Estate }> {
  const good = await estateOfWidth({ lab: simple("x"), prod: simple("x") });
  await good.apply("lab", "prod");
  await good.write("prod", simple("y"));
  await Deno.mkdir(join(good.dir, "log"));
  const { bin } = await good.standIn(ANSWERS);
  await good.configure({
    terraform: { bin },
    sinks: ["console", { use: "logfile", dir: join(good.dir, "log") }, { use: "prom", file: join(good.dir, "x.prom") }],
  });
  const bad = await estateOfWidth({
    backend: {
      "main.tf": 'terraform {\n backend "http" {\n address = "http://127.0.0.1:1/state"\n retry_max = 0\n }\n}\n',
    },
    module: { "main.tf": 'module "m" {\n  source = "./gone"\n}\n' },
    variable: { "main.tf": 'variable "needed" {}\noutput "o" {\n  value = var.needed\n}\n' },
  });
  await bad.configure({
    terraform: { bin },
    environments: { backend: {}, gone: { dir: "nowhere" }, module: {}, variable: {} },
    sinks: [
      "console",
      { use: "logfile", dir: join(bad.dir, "none/log") },
      { use: "telegram", chatId: 1 },
      { use: "telegram", chatId: 2, tokenFile: join(bad.dir, "token") },
    ],
  });
  const dispose = async () => {
    await good[Symbol.asyncDispose]();
    await bad[Symbol.asyncDispose]();
  };
  return { good, bad, [Symbol.asyncDispose]: dispose };
}

/** Deno names folders by a number without leading zeros: one in sixteen is shorter than the others. */
async function estateOfWidth(environments: Parameters<typeof Estate.create>[0]): Promise<Estate> {
  while (true) {
    const estate = await Estate.create(environments);
    if (estate.dir.length === ESTATE_WIDTH) return estate;
    await estate[Symbol.asyncDispose]();
  }
}

/** A terraform of always the same version, as far as people see. */
const ANSWERS = '[ "$1" = version ] && echo Terraform v1.11.4 && exit; exec "$TERRAFORM" "$@"';

/** What the doctor says of the estates. */
export async function playedDoctor(place: Place, { good, bad }: { good: Estate; bad: Estate }): Promise<string> {
  const text = await played(place, ["doctor", good.dir, bad.dir], good.env);
  const named = (estate: Estate, name: string) => `/tmp/${name}`.padEnd(estate.dir.length, "-");
  return text.replaceAll(good.dir, named(good, "good")).replaceAll(bad.dir, named(bad, "bad"));
}

/** Where what is seen there is kept. */
export function terminalGoldenUrl(what: "console" | "doctor" | "color", place: Place): URL {
  return new URL(`../fixtures/terminal/${what}_${place}.txt`, import.meta.url);
}

if (import.meta.main) {
  await using estates = await doctorEstates();
  for (const place of PLACES) {
    await Deno.writeTextFile(terminalGoldenUrl("console", place), await played(place, []));
    await Deno.writeTextFile(terminalGoldenUrl("doctor", place), await playedDoctor(place, estates));
  }
  const colored = await played(80, ["drifted", "failing"], { NO_COLOR: "" });
  await Deno.writeTextFile(terminalGoldenUrl("color", 80), colored);
}
