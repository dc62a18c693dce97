/**
 * The Telegram sink under SIGKILL at random moments of many short runs: no notice is lost, one is repeated only where the
 * kill fell between Telegram's answer and our record of it, none is out of order, and nothing on disk is ever damaged.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import type { Change, DriftReport, EnvironmentReport, Status } from "../../drift/report.ts";
import { FAKE_TOKEN, type FakeTelegram, startFakeTelegram } from "../support/fake_telegram.ts";
import { randomOf } from "../support/random.ts";
import { attribute, change, environment, report } from "../support/sample_reports.ts";
import { until } from "../support/until.ts";

const RUNS = Number(Deno.env.get("PVE_DRIFT_CRASH_RUNS") ?? 40);
const CHAT = -1001;

/** An estate whose findings come and go, and the check's memory of it, which is written before any sink is called. */
class Estate {
  #open = new Set<number>();
  #previous: Status = "ok";
  #known = new Set<number>();
  #count = 0;
  #runs = 0;

  get open(): Set<number> {
    return this.#open;
  }

  next(random: () => number): DriftReport {
    if (random() < 0.6) this.#open.add(++this.#count);
    const first = [...this.#open][0];
    if (first !== undefined && random() < 0.4) this.#open.delete(first);
    return this.report(random() < 0.15);
  }

  report(failed: boolean): DriftReport {
    this.#runs++; // each run has an id of its own: of one and the same, news are told once
    const changes: Change[] = failed ? [] : [...this.#open].map((id) => {
      const isNew = !this.#known.has(id);
      // No two alike: of many like changes a message names the first few.
      const attributes = [attribute("cores", 2, 1000 + id, { isNew })];
      return change({ address: `vm.n${id}`, label: `VM #${id}#`, isNew, attributes });
    });
    const rest: Partial<EnvironmentReport> = {
      changes,
      previousStatus: this.#previous,
      resolved: failed
        ? []
        : [...this.#known].filter((id) => !this.#open.has(id)).map((id) => ({ address: `vm.n${id}` })),
      ...failed ? { error: { class: "network", summary: "no route", detail: "", cure: "Wait" } } : {},
    };
    const prod = environment("prod", rest);
    this.#previous = prod.status;
    if (!failed) this.#known = new Set(this.#open);
    return report([prod], {
      runId: `run-${this.#runs}`,
      host: `run-${this.#runs}`,
      finishedAt: new Date().toISOString(),
    });
  }
}

interface Child {
  process: Deno.ChildProcess;
  lines: ReadableStreamDefaultReader<string>;
}

function start(stateDir: string, fake: FakeTelegram): Child {
  const process = new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "-q",
      "--no-prompt",
      "--allow-all",
      new URL("../support/telegram_run.ts", import.meta.url).pathname,
      stateDir,
      fake.url,
      fake.token,
      String(CHAT),
    ],
    stdin: "piped",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  return { process, lines: process.stdout.pipeThrough(new TextDecoderStream()).getReader() };
}

/** Delivers a report in a child that is killed after so many milliseconds. Gives its last words, nothing where it was killed before them, and when they came. */
async function deliver({ process, lines }: Child, shown: DriftReport, killAfterMs: number): Promise<[string, number]> {
  let said = (await lines.read()).value ?? "";
  assertEquals(said, "ready\n");
  const writer = process.stdin.getWriter();
  await writer.write(new TextEncoder().encode(JSON.stringify(shown)));
  await writer.close();
  const timer = setTimeout(() => {
    try {
      process.kill("SIGKILL");
    } catch { /* it has ended by itself */ }
  }, killAfterMs);
  const begun = performance.now();
  let spent = 0;
  said = "";
  for (let part = await lines.read(); !part.done; part = await lines.read()) {
    spent = performance.now() - begun;
    said += part.value;
  }
  clearTimeout(timer);
  await process.status;
  return [said, spent];
}

/** Waits until Telegram has seen all that was on its way to it when its sender was killed. */
async function settled(fake: FakeTelegram): Promise<void> {
  await fetch(`${fake.url}/__accepted`).then((answer) => answer.body?.cancel());
  await until(() => fake.calls.every(({ status }) => status !== 0));
}

/** Numbers of the runs whose notices were accepted, in order of arrival. */
const arrivals = (fake: FakeTelegram) =>
  fake.accepted.map(({ text }) => Number(/pve-drift on run-(\d+):/.exec(text)![1]));

Deno.test(`telegram loses no notice over ${RUNS} runs that are killed at random moments`, async (t) => {
  await using fake = startFakeTelegram({ chats: { [CHAT]: {} }, token: FAKE_TOKEN });
  const stateDir = await Deno.makeTempDir();
  const estate = new Estate();
  const mustBeTold = new Set<number>();
  const mayRepeat = new Set<number>();
  // Which runs are killed is the same each time; at which moment, is not.
  const random = randomOf(1);
  let killed = 0, usual = 20;
  let child = start(stateDir, fake);
  try {
    for (let run = 0; run < RUNS; run++) {
      const current = child;
      const before = fake.accepted.length;
      // Now and then Telegram refuses, so that notices wait.
      fake.unscript();
      if (random() < 0.25) {
        fake.script([{ kind: "error", code: 403, description: "Forbidden: bot was blocked by the user" }]);
      }
      const shown = estate.next(random);
      const kill = random() < 0.85;
      const [said, took] = await deliver(current, shown, kill ? random() * usual : 30_000);
      child = start(stateDir, fake);
      const ended = /^(delivered|failed .*)\n$/.exec(said);
      assert(said === "" || ended, `run ${run + 1} says ${said}`);
      if (ended) {
        usual = 0.9 * usual + 0.1 * took;
        for (const { label } of shown.environments[0]!.changes) mustBeTold.add(Number(label!.split("#")[1]));
      } else {
        killed++;
        await settled(fake);
        const last = arrivals(fake).slice(before).at(-1);
        if (last !== undefined) mayRepeat.add(last);
      }
    }
    fake.unscript();
    assertEquals((await deliver(child, estate.report(false), 30_000))[0], "delivered\n");
    for (const id of estate.open) mustBeTold.add(id);
  } finally {
    await child.process.stdin.close().catch(() => {});
    await child.lines.cancel().catch(() => {});
    await child.process.status;
  }

  await t.step(`${killed} deliveries were killed on their way`, () => {
    assert(killed > RUNS / 10 && killed < RUNS, `${killed} of ${RUNS}, a delivery takes ${usual} ms`);
  });
  await t.step("everything is told", () => {
    const all = fake.accepted.map(({ text }) => text).join("\n");
    const named = new Set(Array.from(all.matchAll(/(?:•|✅ resolved:) (?:VM #|vm\.n)(\d+)/g), ([, id]) => Number(id)));
    const missing = [...mustBeTold].filter((id) => !named.has(id));
    assertEquals(missing, []);
    // What the chat has been told is there is there, and nothing else is.
    const told = new Set<string>();
    for (const [, kind, id] of all.matchAll(/(•|✅ resolved:) (?:VM #|vm\.n)(\d+)/g)) {
      if (kind === "•") told.add(id!);
      else told.delete(id!);
    }
    assertEquals([...told].sort(), [...estate.open].map(String).sort());
  });
  const seen = arrivals(fake);
  const repeated = seen.filter((run, index) => seen[index - 1] === run);
  await t.step(
    `${seen.length} notices arrive in order, ${repeated.length} again since a kill fell behind Telegram's answer`,
    () => {
      assertEquals(seen, seen.toSorted((a, b) => a - b));
      assertEquals(repeated.filter((run) => !mayRepeat.has(run)), []);
    },
  );
  await t.step("nothing on disk is damaged or left over", async () => {
    const names = (await Array.fromAsync(Deno.readDir(`${stateDir}/chat_${CHAT}`), ({ name }) => name)).sort();
    assertEquals(names.filter((name) => name !== "taken.json"), ["lock"]);
  });
  await Deno.remove(stateDir, { recursive: true });
});
