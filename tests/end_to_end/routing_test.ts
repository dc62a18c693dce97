/** A day's story in several chats, each with its own part of the report: the real program on recorded plans, with an imitation of Telegram. */

import { assertEquals, assertMatch } from "@std/assert";
import { join } from "node:path";
import { FAKE_TOKEN, startFakeTelegram } from "../support/fake_telegram.ts";
import { replayedEstate } from "../support/replayed_estate.ts";

const PROD = -1001, LAB = -1002, HANDS = -1003;

Deno.test("a day's story in three chats: each hears of its environments and origins alone", async () => {
  const { estate, bin, plan } = await replayedEstate("prod", "lab1", "lab2");
  await using _ = estate;
  await using fake = startFakeTelegram({ chats: { [PROD]: {}, [LAB]: {}, [HANDS]: {} } });
  const chat = (chatId: number, only: Record<string, string[]>) => ({
    ...{ use: "telegram", apiRoot: fake.url, chatId, only },
  });
  const sinks = [
    "console",
    chat(PROD, { env: ["prod"] }),
    chat(LAB, { env: ["lab*"] }),
    chat(HANDS, { origin: ["outside", "both"] }),
  ];
  await estate.configure({ terraform: { bin }, environments: { prod: {}, lab1: {}, lab2: {} }, sinks });
  const check = async (...args: string[]) => {
    const before = fake.accepted.length;
    const { code, stdout, stderr } = await estate.drift(["--all", ...args], { TELEGRAM_BOT_TOKEN: FAKE_TOKEN });
    const told = fake.accepted.slice(before);
    const of = (chat: number) => told.filter((one) => one.chat === chat).map(({ text }) => text).join("\n");
    return { code, said: `${stdout}${stderr}`, prod: of(PROD), lab: of(LAB), hands: of(HANDS) };
  };
  const silent = { prod: "", lab: "", hands: "" };
  const heard = ({ prod, lab, hands }: Awaited<ReturnType<typeof check>>) => ({ prod, lab, hands });
  for (const name of ["prod", "lab1", "lab2"]) await plan(name, "clean");
  const morning = await check();
  assertEquals([morning.code, heard(morning)], [0, silent], morning.said);

  await plan("prod", "ram_added");
  const byHand = await check();
  assertEquals([byHand.code, byHand.lab], [2, ""], byHand.said);
  assertMatch(byHand.prod, /1 environment checked: 1 drift\n\n🟠 prod: drift: 1 new\n• VM 101/);
  assertMatch(byHand.hands, /3 environments checked: 2 ok, 1 drift\n\n🟠 prod: drift: 1 new\n• VM 101/);

  await plan("lab1", "code_memory");
  const pending = await check("--fail-on", "outside");
  assertEquals([pending.code, pending.prod, pending.hands], [2, "", ""], pending.said);
  assertMatch(
    pending.lab,
    /2 environments checked: 1 ok, 1 drift\n\n🟠 lab1: drift: 1 new\n• VM 101[^]*not applied yet/,
  );

  await plan("prod", "clean");
  const resolved = await check("--fail-on", "outside");
  assertEquals([resolved.code, resolved.lab], [0, ""], resolved.said);
  for (const told of [resolved.prod, resolved.hands]) {
    assertMatch(told, /🟢 prod: nothing differs any more\n✅ resolved/);
  }

  const known = await check("--fail-on", "new");
  assertEquals([known.code, heard(known)], [0, silent], known.said);

  await plan("lab2");
  const failing = await check();
  assertEquals([failing.code, failing.prod], [3, ""], failing.said);
  for (const told of [failing.lab, failing.hands]) assertMatch(told, /🔴 lab2: the check failed: /);

  await plan("lab1", "clean");
  await plan("lab2", "clean");
  const evening = await check();
  assertEquals([evening.code, evening.prod], [0, ""], evening.said);
  assertMatch(evening.lab, /🟢 lab2: the check works again .*\n\n🟢 lab1: nothing differs any more\n✅ resolved/s);
  assertMatch(evening.hands, /🟢 lab2: the check works again/);
  assertEquals(evening.hands.includes("lab1"), false, evening.hands);

  const other = await estate.drift(["--env", "lab1", "--json"], { TELEGRAM_BOT_TOKEN: FAKE_TOKEN });
  assertEquals(other.code, 0, other.stderr);
  const kept = await Array.fromAsync(Deno.readDir(join(estate.dir, "state/sinks")), ({ name }) => name);
  assertEquals(kept.toSorted(), ["telegram", "telegram-2", "telegram-3"]);
});
