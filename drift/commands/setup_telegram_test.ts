import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import { defaultSinks } from "../../sinks/load.ts";
import { FAKE_TOKEN, type FakeTelegram, startFakeTelegram } from "../../tests/support/fake_telegram.ts";
import { type SetupSite, withSetup } from "../../tests/support/setup.ts";
import { until } from "../../tests/support/until.ts";
import { parseConfigFile } from "../config/schema.ts";
import { UsageError } from "../usage_error.ts";
import { telegram } from "./setup_telegram.ts";

const ALICE = { id: 7, first_name: "Alice", username: "alice" };
const GROUP = { id: -1002, type: "supergroup", title: "Ops" } as const;

async function withTelegram(
  act: (site: SetupSite, fake: FakeTelegram, cli: { sinks: string[] }) => Promise<void>,
): Promise<void> {
  await using fake = startFakeTelegram({ chats: { "7": {}, "-1002": { threads: [5] } } });
  await withSetup((site) => act(site, fake, { sinks: [`+telegram?apiRoot=${fake.url}`] }));
}

/** Sends the code that is shown last, from a chat. */
async function send(site: SetupSite, fake: FakeTelegram, thread?: number): Promise<void> {
  await until(() => fake.isAsked);
  const code = /\/start@drift_test_bot (\w+)/.exec(site.said())![1];
  fake.say({
    chat: GROUP,
    from: ALICE,
    text: `/start@drift_test_bot ${code}`,
    ...thread === undefined ? {} : { thread },
  });
}

const sinksOf = async ({ text }: SetupSite) => parseConfigFile((await text("etc/pve-drift.json"))!, "x").sinks;

Deno.test("telegram takes the chat that sends the code, once it was confirmed, and writes after the test message", () =>
  withTelegram(async (site, fake, cli) => {
    await site.put("etc/pve-drift.json", '{ "sinks": ["console"] } // mine\n');
    const setup = site.setup([
      ["Token of the bot", "123"],
      ["Token of the bot", FAKE_TOKEN.replace(/.$/, "x")],
      ["Token of the bot", FAKE_TOKEN],
    ], { cli });
    const answers: boolean[] = [];
    setup.dialog.confirm = (message) => {
      assertStringIncludes(message, "Use this chat");
      return Promise.resolve(answers.push(true) === 2);
    };
    const running = telegram.run(setup);
    await send(site, fake);
    await send(site, fake, 5);
    await running;
    const said = site.said();
    assertStringIncludes(said, 'Heard in: supergroup "Ops", topic 5. Sent by: Alice (@alice).');
    assertEquals(answers.length, 2, "not asked again after a no");
    assertEquals(fake.accepted.map(({ chat, thread }) => [chat, thread]), [[-1002, 5]]);
    assertStringIncludes(fake.accepted[0]!.text, "This is a test");
    assertEquals(await sinksOf(site), ["console", { use: "telegram", apiRoot: fake.url, chatId: "-1002/5" }]);
    assertEquals(await site.text("credstore/pve-drift.telegram-token"), `${FAKE_TOKEN}\n`);
    const mode = async (path: string) => (await Deno.stat(join(site.dir, path))).mode! & 0o777;
    assertEquals([await mode("credstore"), await mode("credstore/pve-drift.telegram-token")], [0o700, 0o600]);
    assertStringIncludes((await site.text("etc/pve-drift.json"))!, "// mine");

    await telegram.run(site.setup());
    assertStringIncludes(site.said(), "Kept: chat -1002/5");
    assertEquals(await site.names("credstore"), ["pve-drift.telegram-token"]);
  }));

Deno.test("telegram writes nothing for somebody who wants no messages, nor where the test message does not arrive", () =>
  withTelegram(async (site, fake, cli) => {
    await telegram.run(site.setup([["Token of the bot", ""]], { cli }));
    assertStringIncludes(site.said(), "Nothing to write");
    fake.chats["-1002"] = { forbidden: "bot was kicked from the supergroup chat" };
    const asked = { sinks: [`${cli.sinks[0]}&chatId=-1002`] };
    await assertRejects(
      () => telegram.run(site.setup([["Token of the bot", FAKE_TOKEN]], { cli: asked })),
      Error,
      "add the bot to the chat again",
    );
    assertEquals([await site.names("etc"), await site.text("credstore/pve-drift.telegram-token")], [[], undefined]);
  }));

Deno.test("telegram takes token and chat from options, names the token of checks of one's own, and says what --yes needs", () =>
  withTelegram(async (site, fake, cli) => {
    assertEquals(await telegram.missing!(site.setup([], { cli })), [
      "--telegram-token-file FILE, with the bot's token",
      '--sink "+telegram?chatId=NUMBER", the chat',
    ]);
    const places = {
      ...site.setup().places,
      isService: false,
      token: join(site.dir, "etc/telegram-token"),
      config: join(site.dir, "etc/own.json"),
    };
    const given = { sinks: [`${cli.sinks[0]}&chatId=7`], telegramTokenFile: "-" };
    const setup = site.setup([], { cli: given, places, readFile: () => Promise.resolve(`${FAKE_TOKEN}\n`) });
    assertEquals(await telegram.missing!(setup), []);
    await telegram.run(setup);
    assertEquals(fake.accepted.map(({ chat }) => chat), [7]);
    const { sinks } = parseConfigFile((await site.text("etc/own.json"))!, "x");
    const entry = { use: "telegram", apiRoot: fake.url, chatId: 7, tokenFile: "telegram-token" };
    assertEquals(sinks, [...defaultSinks, entry]);
    const topic = { ...setup, cli: { ...given, sinks: [`${cli.sinks[0]}&chatId=-1002&threadId=5`] } };
    await telegram.run(topic);
    assertEquals(fake.accepted.at(-1)!.thread, 5);
    assertEquals(parseConfigFile((await site.text("etc/own.json"))!, "x").sinks?.at(-1), {
      ...entry,
      chatId: "-1002/5",
    });
    const typo = { ...setup, cli: { ...given, sinks: [`${cli.sinks[0]}&chatID=7`] } };
    await assertRejects(() => telegram.run(typo), UsageError, 'unknown option "chatID"');
    const wrong = { ...setup, readFile: () => Promise.resolve("hunter2 hunter2") };
    const { message } = await assertRejects(() => telegram.run(wrong), Error, "Cannot read the bot's token");
    assert(!message.includes("hunter2"));
  }));
