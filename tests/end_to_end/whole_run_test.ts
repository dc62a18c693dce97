/** All sinks in whole runs of the real program: bad ones beside the four built-in ones, and SIGKILL at random moments. */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { join } from "node:path";
import { parse } from "../../sinks/prom/exposition.ts";
import { Estate, simple } from "../support/estate.ts";
import { processesOf } from "../support/processes.ts";
import { FAKE_TOKEN, startFakeTelegram } from "../support/fake_telegram.ts";
import { ROOT, testTerraform } from "../support/programs.ts";

const FIXTURES = join(ROOT, "tests/fixtures/sinks");
const RUNS = Number(Deno.env.get("PVE_DRIFT_CRASH_RUNS") ?? 25);

/** Console, log files, metrics and Telegram, all in the estate's folder. */
async function builtIn(estate: Estate, url: string): Promise<{ sinks: unknown[]; logs: string; prom: string }> {
  const logs = join(estate.dir, "logs"), prom = join(estate.dir, "prom", "pve_drift.prom");
  await Deno.mkdir(logs, { recursive: true });
  await Deno.mkdir(join(estate.dir, "prom"), { recursive: true });
  const telegram = { use: "telegram", chatId: -1001, apiRoot: url };
  return { sinks: ["console", { use: "logfile", dir: logs }, { use: "prom", file: prom }, telegram], logs, prom };
}

async function textOf(dir: string): Promise<string> {
  const names = (await Array.fromAsync(Deno.readDir(dir))).map((one) => one.name).sort();
  return (await Promise.all(names.map((name) => Deno.readTextFile(join(dir, name))))).join("");
}

testTerraform("bad sinks harm no built-in one and no verdict, are named, and leave no process", async () => {
  await using estate = await Estate.create({ prod: simple("x") });
  await using fake = startFakeTelegram();
  await estate.apply("prod");
  await estate.write("prod", simple("y"));
  const { sinks, logs, prom } = await builtIn(estate, fake.url);
  const mark = `0.${crypto.getRandomValues(new Uint32Array(1))[0]}`;
  const bad = ["throwing", "hanging", "looping", "exiting", "heap", "printing", "leaving", "umask", "folder"];
  await estate.configure({
    sinks: [
      ...sinks,
      ...bad.map((name) => ({
        use: `file:${join(FIXTURES, `bad_${name}.ts`)}`,
        timeout: /hanging|looping/.test(name) ? "4s" : "60s",
        ...(name === "leaving" ? { allow: ["run=sleep"], seconds: `60${mark}` } : {}),
      })),
    ],
  });
  const { code, stdout, stderr } = await estate.drift(["--all"], { TELEGRAM_BOT_TOKEN: FAKE_TOKEN });
  assertEquals(code, 3, stderr);
  for (const name of ["throwing", "hanging", "looping", "exiting", "heap", "umask", "folder"]) {
    assertMatch(stdout, new RegExp(`Sink "file:[^"]*bad_${name}\\.ts" did not deliver: .`), `${name} is not named`);
  }
  assertMatch(stdout, /prod +DRIFT/);
  assertMatch(await textOf(logs), /terraform_data\.a[\s\S]*=== end of run/);
  const metrics = await Deno.readTextFile(prom);
  assertMatch(metrics, /^pve_drift_status\{env="prod"\} 1$/m);
  assertEquals(metrics.match(/^pve_drift_sink_failures\{sink="file:.*\} 1$/mg)?.length, 7);
  assertMatch(metrics, /^pve_drift_sink_failures\{sink="telegram"\} 0$/m);
  assertEquals(fake.accepted.length, 1);
  const left = [...await processesOf(`60${mark}`), ...await processesOf(estate.dir)];
  assertEquals(left, []);
});

testTerraform(`${RUNS} runs with a SIGKILL at a random moment: nothing is cut, lost or left locked`, async () => {
  await using estate = await Estate.create({ prod: simple("0") });
  await using fake = startFakeTelegram();
  await estate.apply("prod");
  const { sinks, logs, prom } = await builtIn(estate, fake.url);
  await estate.configure({ sinks, terraform: { lock: "none" } });
  const env = { ...estate.env, TELEGRAM_BOT_TOKEN: FAKE_TOKEN };
  const seen: string[] = [];
  let killed = 0;
  // The first run and the last end by themselves; the shortest tells how long one takes, of which sinks write in the last part.
  let duration = Infinity;
  for (let i = 1; i <= RUNS; i++) {
    await estate.write("prod", simple("0", `resource "terraform_data" "r${i}" {}\n`));
    const child = new Deno.Command(Deno.execPath(), {
      args: estate.command("--all"),
      cwd: estate.dir,
      env,
      stdout: "null",
      stderr: "null",
    }).spawn();
    const began = performance.now();
    const timer = i === 1 || i === RUNS ? undefined : setTimeout(() => {
      try {
        child.kill("SIGKILL");
      } catch { /* it has just ended by itself */ }
    }, duration * (0.3 + Math.random()));
    const { signal } = await child.status;
    clearTimeout(timer);
    if (signal) {
      killed++;
    } else {
      duration = Math.min(duration, performance.now() - began);
      seen.push(`terraform_data.r${i}`);
    }
    const metrics = await Deno.readTextFile(prom).catch(() => undefined);
    if (metrics !== undefined) assert(parse(metrics).length > 0, "the metrics file is empty");
  }
  assert(killed > 0 && seen.length > 0, `${killed} killed, ${seen.length} finished: the moments are badly chosen`);

  const log = await textOf(logs);
  const records = log.split(/^(?==== 20)/m).filter((part) => part.startsWith("=== 20"));
  const names = (text: string, address: string) => new RegExp(`${RegExp.escape(address)}(?!\\d)`).test(text);
  for (const address of seen) {
    const record = records.find((one) => names(one, address));
    assert(
      record && /=== end of run \S+\n/.test(record),
      `the record of the run that found ${address} is cut or missing`,
    );
  }
  for (const record of records) {
    assert(
      /=== end of run \S+\n/.test(record) || /\(cut off\)/.test(log),
      `a record is cut and not marked:\n${record}`,
    );
  }
  const told = fake.accepted.map(({ text }) => text).join("\n");
  for (const address of seen) assert(names(told, address), `the drift of ${address} was lost`);
  const { code } = await estate.drift(["--all"], { TELEGRAM_BOT_TOKEN: FAKE_TOKEN });
  assertEquals(code, 2);
});
