/**
 * What becomes of findings from day to day: the whole program with recorded plans of bpg/proxmox, its clock a day further each
 * time, and an imitation of Telegram.
 */

import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import { parseCli } from "../../drift/cli/parse.ts";
import { run as check } from "../../drift/commands/check.ts";
import type { EnvironmentReport } from "../../drift/report.ts";
import type { Plan } from "../../drift/terraform/plan.ts";
import { openWorld } from "../../drift/world.ts";
import { recordedPlan, streamOf } from "../support/attempts.ts";
import { Estate } from "../support/estate.ts";
import { FAKE_TOKEN, type FakeTelegram, startFakeTelegram } from "../support/fake_telegram.ts";

const DAY = 86_400_000;
/** A morning that is yet to come: a notice of the past would be told as delayed. */
const FIRST = Math.ceil(Date.now() / DAY + 1) * DAY + 5 * 3_600_000;
const BPG = "registry.terraform.io/bpg/proxmox";
const CORES = "cpu[0].cores";

/** What a check came to. */
interface Checked {
  code: number;
  prod: EnvironmentReport;
  /** Messages that Telegram took, without their heads. */
  told: { text: string; silent: boolean }[];
}

/** An estate whose plans are recorded ones, checked once a day. */
class Days implements AsyncDisposable {
  #day = 0;

  private constructor(readonly estate: Estate, readonly fake: FakeTelegram) {}

  static async begin(): Promise<Days> {
    const estate = await Estate.create({ prod: { "main.tf": "# Never read: its plan is a recorded one.\n" } });
    const fake = startFakeTelegram();
    estate.bin = "/bin/sh";
    const days = new Days(estate, fake);
    const { bin } = await estate.standIn(`case "$1" in
      plan) for one; do case "$one" in -out=*) : >"\${one#-out=}" ;; esac; done
        cat '${days.file("stream.jsonl")}'; exit "$(cat '${days.file("exit_code")}')" ;;
      show) cat '${days.file("plan.json")}' ;;
    esac`);
    await Deno.writeTextFile(days.file("token"), FAKE_TOKEN, { mode: 0o600 });
    await estate.configure({
      environments: { prod: {} },
      terraform: { bin },
      sinks: [
        "console",
        { use: "prom", file: days.file("drift.prom") },
        { use: "telegram", chatId: -1001, apiRoot: fake.url, tokenFile: days.file("token") },
      ],
    });
    return days;
  }

  file(name: string): string {
    return join(this.estate.dir, name);
  }

  /** The next day's check: of this plan, or one that fails, with this version of the provider. */
  async check(json: Plan | undefined, version = "0.105.0"): Promise<Checked> {
    const { estate, fake } = this;
    const acts = json?.resource_changes?.some(({ change }) => change.actions.join() !== "no-op") ?? false;
    await estate.write("prod", { ".terraform.lock.hcl": `provider "${BPG}" {\n  version = "${version}"\n}\n` });
    await Deno.writeTextFile(this.file("exit_code"), json === undefined ? "1" : acts ? "2" : "0");
    await Deno.writeTextFile(this.file("stream.jsonl"), json ? streamOf(json) : "");
    await Deno.writeTextFile(this.file("plan.json"), JSON.stringify(json ?? null));
    const now = FIRST + this.#day++ * DAY, before = fake.accepted.length;
    let printed = "";
    const code = await check(parseCli(["--all", "--json"]), {
      ...await openWorld(),
      cwd: estate.dir,
      env: { ...estate.env, HOME: estate.dir, PATH: "/usr/bin:/bin" },
      now: () => now,
      isLive: false,
      print: (text) => {
        printed += text;
        return Promise.resolve();
      },
    });
    const told = fake.accepted.slice(before).map(({ text, silent }) => ({
      text: text.split("\n").slice(3).join("\n"),
      silent,
    }));
    return { code, prod: JSON.parse(printed).environments[0], told };
  }

  metrics(): Promise<string> {
    return Deno.readTextFile(this.file("drift.prom"));
  }

  async [Symbol.asyncDispose]() {
    await this.fake[Symbol.asyncDispose]();
    await this.estate[Symbol.asyncDispose]();
  }
}

Deno.test("a run tells Telegram once of what flaps, and again when it settles; report, metrics and exit code tell all", async () => {
  await using days = await Days.begin();
  const [drifted, clean] = await Promise.all([recordedPlan("cores_changed"), recordedPlan("clean")]);
  const heads: (string | undefined)[] = [];
  const one = async (json: Plan | undefined) => {
    const checked = await days.check(json);
    assert(checked.told.length <= 1);
    heads.push(checked.told[0]?.text.split("\n")[0]);
    return checked;
  };
  for (const _ of [1, 2, 3]) {
    await one(drifted);
    await one(clean);
  }
  assertEquals(heads.splice(0), Array(3).fill(["🟠 prod: drift: 1 new", "🟢 prod: nothing differs any more"]).flat());

  const flapping = await one(drifted);
  const [cores] = flapping.prod.changes[0]!.attributes;
  const { returns, since, isNew } = cores!.flapping!;
  assertEquals([cores!.path, returns, Date.parse(since) - FIRST, isNew], [CORES, 3, 0, true]);
  const day = new Date(FIRST).toISOString().slice(0, 10);
  assertStringIncludes(
    flapping.told[0]!.text,
    `${CORES} (flapping: the same value has come back 3 times since ${day}): expected 4 → actual 8`,
  );
  heads.splice(0);

  const equal = await one(clean);
  assertEquals([equal.code, equal.prod.resolved.length, equal.prod.settling?.[0]?.equalChecks], [0, 1, 1]);
  assertMatch(await days.metrics(), /pve_drift_status\{env="prod"\} 0\n/);
  const back = await one(drifted);
  assertEquals([back.code, back.prod.changes[0]?.isNew, back.prod.changes[0]?.attributes[0]?.flapping?.returns], [
    2,
    true,
    4,
  ]);
  assertMatch(await days.metrics(), /pve_drift_status\{env="prod"\} 1\n/);
  await one(clean);
  assertEquals(heads.splice(0), [undefined, undefined, undefined]);

  const failed = await one(undefined);
  assertEquals([failed.code, failed.prod.settling], [1, undefined]);
  assertEquals((await one(clean)).prod.settling?.[0]?.equalChecks, 2, "a check that fails finds nothing equal");
  heads.splice(0);
  const settled = await one(clean);
  assertEquals(settled.prod.resolved.map(({ path, wasFlapping }) => [path, wasFlapping]), [[CORES, true]]);
  assertMatch(settled.told[0]!.text, /^🟢 prod: nothing differs any more\n✅ resolved: VM 102 .*, flaps no more$/);
  assertEquals((await one(clean)).told, []);
  assertEquals((await Deno.readTextFile(days.file("state/memory/prod.json"))).includes('"actual"'), false);
});

Deno.test("a run tells without a sound what a new version of the provider fills in, and as drift what it can read at last", async () => {
  await using days = await Days.begin();
  const [drifted, clean] = await Promise.all([recordedPlan("cores_changed"), recordedPlan("clean")]);
  const filled = withoutDefault(clean, 'module.vm["web"].proxmox_virtual_environment_vm.this', "protection");
  assertEquals((await days.check(clean)).told, []);

  const upgraded = await days.check(filled, "0.106.0");
  const explains = { provider: "bpg/proxmox", from: "0.105.0", to: "0.106.0", explains: true };
  assertEquals([upgraded.code, upgraded.prod.changes.map(({ sinceUpgrade }) => sinceUpgrade)], [2, [explains]]);
  assertEquals(upgraded.told, [{
    text: "🔧 First seen after bpg/proxmox 0.105.0 → 0.106.0: nobody changed this\n" +
      '• prod: VM 101 "web" on pve1: protection\n' +
      "the provider fills in what the code leaves open, and nobody has changed it",
    silent: true,
  }]);
  const next = await days.check(filled, "0.106.0");
  assertEquals([next.told, next.prod.changes[0]?.sinceUpgrade], [[], explains]);

  const both = withoutDefault(drifted, 'module.vm["web"].proxmox_virtual_environment_vm.this', "protection");
  const [loud, ...others] = (await days.check(both, "0.107.0")).told;
  assertEquals([loud?.silent, others], [false, []]);
  assertMatch(loud!.text, /• VM 102 "db" on pve1, new, first seen after bpg\/proxmox 0\.106\.0 → 0\.107\.0\n/);
  assertEquals(loud!.text.includes("nobody changed this"), false, "told already");
});

/** The plan as a new version of the provider makes it, whose attribute the state does not have yet. */
function withoutDefault(json: Plan, address: string, path: string): Plan {
  return {
    ...json,
    resource_changes: json.resource_changes!.map((one) => {
      if (one.address !== address) return one;
      const before = { ...one.change.before as Record<string, unknown>, [path]: null };
      return { ...one, change: { ...one.change, actions: ["update"], before } };
    }),
  };
}
