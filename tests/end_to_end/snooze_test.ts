/** A snooze from its beginning to its end: the real program on recorded plans, with an imitation of Telegram. */

import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import { recordedPlan } from "../support/attempts.ts";
import { FAKE_TOKEN, startFakeTelegram } from "../support/fake_telegram.ts";
import { replayedEstate } from "../support/replayed_estate.ts";

const WEB = 'module.vm["web"].proxmox_virtual_environment_vm.this';

Deno.test("a snooze keeps messages silent about what was known, tells what is further, and ends by time, hand or cure", async () => {
  const { estate, bin, plan } = await replayedEstate("prod");
  await using _ = estate;
  await using fake = startFakeTelegram();
  await estate.configure({
    ...{ terraform: { bin }, environments: { prod: {} } },
    sinks: ["console", { use: "telegram", apiRoot: fake.url, chatId: -1001 }],
  });
  const check = async () => {
    const before = fake.accepted.length;
    const { code, stdout, stderr } = await estate.drift(["--all"], { TELEGRAM_BOT_TOKEN: FAKE_TOKEN });
    return { code, stdout, stderr, told: fake.accepted.slice(before).map(({ text }) => text).join("\n") };
  };
  const snooze = (...words: string[]) => estate.drift(["snooze", ...words]);
  const folder = join(estate.dir, "state/snooze/prod");
  const files = async () => (await Array.fromAsync(Deno.readDir(folder), ({ name }) => join(folder, name))).toSorted();

  const early = await snooze("prod", WEB, "--for", "1h");
  assertEquals([early.code, early.stdout], [64, ""]);
  assertStringIncludes(early.stderr, 'Nothing is known of environment "prod" yet: check it first');

  await plan("prod", "ram_added");
  assertMatch((await check()).told, /🟠 prod: drift: 1 new/);
  const begun = await snooze("prod", WEB, "--for", "2d", "--reason", "restore test");
  assertEquals([begun.code, begun.stderr], [0, ""]);
  assertMatch(begun.stdout, /^Messages leave out 1 finding at 'module\.vm\["web"\].*' in prod until 2\S+Z \(2d\)\n$/);
  assertEquals((await Deno.stat((await files())[0]!)).mode! & 0o777, 0o600);
  const { stdout } = await snooze("list");
  assertMatch(stdout, /^prod 'module.*', 1 finding, until \S+Z \((?:2d|1d 2[34]h) left\): restore test\n$/);

  const silent = await check();
  assertEquals([silent.code, silent.told], [2, ""], silent.stderr);
  assertMatch(silent.stdout.replace(/\s+/g, " "), /changed by hand.*snoozed \((?:2d|1d 2[34]h) left\)/);
  const { report } = await estate.report(["--all", "--sink", "console"]);
  const [change] = report.environments[0]!.changes;
  assertEquals([report.exitCode, change!.address, change!.snoozedUntil !== undefined], [2, WEB, true]);
  const { stdout: doctor } = await estate.drift(["doctor"], { TELEGRAM_BOT_TOKEN: FAKE_TOKEN });
  assertMatch(doctor.replace(/\s+/g, " "), /ok Snoozed: prod 'module.*restore test/);

  // Another value is another finding, and takes the snooze of the old one with it.
  const grown = JSON.parse(JSON.stringify(await recordedPlan("ram_added")).replaceAll("4096", "8192"));
  await plan("prod", grown);
  assertMatch((await check()).told, /🟠 prod: drift: 1 changed/);
  assertEquals([await files(), (await snooze("list")).stdout], [[], "Nothing is snoozed\n"]);

  // Its time is over: what is still there is told once more.
  await snooze("prod", WEB, "--for", "1h");
  assertEquals((await check()).told, "");
  const [file] = await files();
  const kept = JSON.parse(await Deno.readTextFile(file!));
  await Deno.writeTextFile(file!, JSON.stringify({ ...kept, until: new Date().toISOString() }));
  assertMatch((await check()).told, /snooze over\n.*\n\n🟠 prod: drift: 1 no longer snoozed\n• VM 101/);
  assertEquals([(await check()).told, (await snooze("list")).stdout], ["", "Nothing is snoozed\n"]);

  await snooze("prod", WEB, "--for", "1h");
  await Deno.writeTextFile((await files())[0]!, "{");
  const damaged = await check();
  assertMatch(damaged.told, /Warning: A snooze was damaged and is set aside as .*: what it kept silent is told/);
  assertEquals((await snooze("list")).stdout, "Nothing is snoozed\n");

  await snooze("prod", WEB, "--for", "1h");
  const over = await snooze("end", "prod", WEB);
  assertMatch(over.stdout, /^Messages tell of 'module.*' in prod again\n$/);

  await snooze("prod", WEB, "--for", "1h");
  await plan("prod", "clean");
  assertMatch((await check()).told, /🟢 prod: nothing differs any more\n✅ resolved: VM 101/);
  assertEquals((await snooze("list")).stdout, "Nothing is snoozed\n");
});
