import { assert, assertEquals, assertMatch, assertRejects, assertThrows } from "@std/assert";
import { FAKE_TOKEN, type FakeTelegram, startFakeTelegram } from "../../tests/support/fake_telegram.ts";
import type { Said } from "../../tests/support/telegram_updates.ts";
import { until } from "../../tests/support/until.ts";
import type { Update } from "./client.ts";
import { chatIdOf, chatOf, newCode, openPairing, type Pairing } from "./pairing.ts";

const ALICE = { id: 7, first_name: "Alice", last_name: "Example", username: "alice" };
const HOME = { id: 7, type: "private", first_name: "Alice" } as const;
const GROUP = { id: -1002, type: "supergroup", title: "Ops" } as const;
const CODE = "ABCD2345";

async function paired(act: (telegram: FakeTelegram, pairing: Pairing, signal: AbortSignal) => Promise<void>) {
  await using telegram = startFakeTelegram({ chats: { "7": {}, "-1002": { threads: [5] } } });
  const stop = new AbortController();
  using pairing = await openPairing(FAKE_TOKEN, { apiRoot: telegram.url }, stop.signal);
  await act(telegram, pairing, stop.signal);
}

const isWaiting = (telegram: FakeTelegram) => until(() => telegram.isAsked);

Deno.test("newCode() is of letters and digits that look like no others, and never the same", () => {
  const codes = Array.from({ length: 200 }, newCode);
  for (const code of codes) assertMatch(code, /^[A-HJ-NP-Z2-9]{8}$/);
  assertEquals(new Set(codes).size, codes.length);
});

Deno.test("openPairing() waits for the code, whatever else people write, and sends a message there", () =>
  paired(async (telegram, pairing, signal) => {
    assertEquals(pairing.bot, "drift_test_bot");
    telegram.say({ chat: HOME, from: ALICE, text: "/start" });
    telegram.say({ chat: HOME, from: { id: 8, first_name: "Mallory" }, text: "/start ABCD2346" });
    const found = pairing.wait(CODE, signal);
    await isWaiting(telegram);
    assertEquals(telegram.say({ chat: GROUP, from: ALICE, text: `/start ${CODE}` }), false, "privacy mode");
    telegram.say({ chat: HOME, from: ALICE, text: `/start ${CODE}` });
    const chat = await found;
    assertEquals(chat, {
      recipient: { chatId: 7 },
      title: "Alice",
      kind: "private",
      sender: "Alice Example (@alice)",
    });
    assertEquals(await pairing.greet(chat.recipient, "hello", signal), chat.recipient);
    assertEquals(telegram.accepted.map(({ chat, text }) => [chat, text]), [[7, "hello"]]);
    const asked = telegram.calls.filter(({ method }) => method === "getUpdates").map(({ parameters }) => parameters);
    for (const { timeout, allowed_updates } of asked) {
      assert(Number(timeout) * 1000 < 15_000, "longer than a request may take");
      assertEquals(allowed_updates, ["message", "channel_post"]);
    }
    // The last question confirms the code, so that Telegram forgets it.
    assertEquals(asked.at(-1)!.offset, 700_000_004);
  }));

Deno.test("openPairing() finds a topic of a group by the command that names the bot", () =>
  paired(async (telegram, pairing, signal) => {
    const said: Said = { chat: GROUP, from: ALICE, text: `/start@drift_test_bot ${CODE}`, thread: 5 };
    assertEquals(telegram.say(said), true);
    const chat = await pairing.wait(CODE, signal);
    assertEquals([chat.recipient, chatIdOf(chat.recipient), chat.title], [
      { chatId: -1002, threadId: 5 },
      "-1002/5",
      "Ops",
    ]);
    await pairing.greet(chat.recipient, "hello", signal);
    assertEquals(telegram.accepted[0]!.thread, 5);
  }));

Deno.test("openPairing() takes the number that a group gets when it is upgraded", () =>
  paired(async (telegram, pairing, signal) => {
    telegram.chats["-5"] = { migratedTo: -1002 };
    telegram.say({ chat: { id: -5, type: "group", title: "Ops" }, from: ALICE, text: `/start@drift_test_bot ${CODE}` });
    const { recipient } = await pairing.wait(CODE, signal);
    assertEquals(await pairing.greet(recipient, "hello", signal), { chatId: -1002 });
    assertEquals(chatIdOf({ chatId: -1002 }), -1002);
  }));

Deno.test("openPairing() says who else hears what the bot is told", () =>
  paired(async (telegram, pairing, signal) => {
    telegram.webhook = true;
    await assertRejects(() => pairing.wait(CODE, signal), Error, "another program uses this bot");
    telegram.webhook = false;
    const first = pairing.wait(CODE, signal);
    const isTold = assertRejects(() => first, Error, "another program reads this bot's messages");
    await isWaiting(telegram);
    await fetch(`${telegram.url}/bot${FAKE_TOKEN}/getUpdates`).then((answer) => answer.body?.cancel());
    await isTold;
  }));

Deno.test("openPairing() ends with its signal, and shows no token where Telegram refuses it", async () => {
  await using telegram = startFakeTelegram();
  const stop = new AbortController();
  using pairing = await openPairing(FAKE_TOKEN, { apiRoot: telegram.url }, stop.signal);
  const found = pairing.wait(CODE, stop.signal);
  await isWaiting(telegram);
  stop.abort();
  await assertRejects(() => found, Error);
  const wrong = `${FAKE_TOKEN}x`;
  const open = () => openPairing(wrong, { apiRoot: telegram.url }, new AbortController().signal);
  const { message } = await assertRejects(open, Error, "the token is not valid any more");
  assert(!message.includes(wrong.split(":")[1]!));
  await assertRejects(
    () => openPairing(FAKE_TOKEN, { apiRoot: "ftp://x" }, stop.signal),
    TypeError,
    '"apiRoot" must be',
  );
});

Deno.test("chatOf() takes the code in every form that people and Telegram's links write, and no other", () => {
  const update = (text: string, more = {}) =>
    ({
      update_id: 1,
      message: { text, from: ALICE, chat: { id: 7, type: "private", first_name: "A" }, ...more },
    }) as unknown as Update;
  const takes = (text: string) => chatOf(update(text), CODE, "Drift_Bot") !== undefined;
  const forms = [`/start ${CODE}`, `/start@drift_bot ${CODE}`, `/start ${CODE}@Drift_Bot`, `/START  abcd2345 `];
  assertEquals(forms.filter((text) => !takes(text)), []);
  const others = [
    CODE,
    "/start",
    `/start x${CODE}`,
    `/start ${CODE} x`,
    `/start@other_bot ${CODE}`,
    `x /start ${CODE}`,
  ];
  assertEquals(others.filter(takes), []);
  assertEquals(chatOf({ update_id: 1 } as Update, CODE, "x"), undefined);
  // In a group without topics, an answer to a message has the number of that message.
  const answer = update(`/start ${CODE}`, { message_thread_id: 9 });
  assertEquals(chatOf(answer, CODE, "x")?.recipient, { chatId: 7 });
  const post = {
    chat: { id: -9, type: "channel", title: "News" },
    sender_chat: { title: "News" },
    text: `/start ${CODE}`,
  };
  assertEquals(chatOf({ update_id: 1, channel_post: post } as unknown as Update, CODE, "x"), {
    recipient: { chatId: -9 },
    title: "News",
    kind: "channel",
    sender: "News",
  });
  assertThrows(() => chatOf(null as unknown as Update, CODE, "x"));
});
