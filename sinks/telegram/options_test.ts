import { assert, assertEquals, assertThrows } from "@std/assert";
import { parseTelegramOptions, recipientsOf } from "./options.ts";

const none = () => undefined;

Deno.test("parseTelegramOptions() reads what a configuration gives", () => {
  assertEquals(
    parseTelegramOptions({
      chatId: -1001234567890,
      threadId: 7,
      silent: true,
      tokenFile: "secrets/token",
      remind: "12h",
      proxy: "http://proxy.example.org:3128/",
      apiRoot: "http://localhost:8081/",
      base: "/etc/pve-drift",
      asked: true,
    } as unknown),
    {
      chatId: [{ chatId: -1001234567890 }],
      threadId: 7,
      silent: true,
      tokenFile: "secrets/token",
      remind: 43_200_000,
      proxy: "http://proxy.example.org:3128",
      apiRoot: "http://localhost:8081",
      base: "/etc/pve-drift",
      asked: true,
    } as unknown,
  );
  assertEquals(parseTelegramOptions(undefined), {});
});

Deno.test("parseTelegramOptions() reads what a query gives", () => {
  assertEquals(
    parseTelegramOptions({
      chatId: "-1001,@drift_news, 42/7",
      silent: "",
      remind: "off",
      proxy: "socks5://[::1]:1080",
    }),
    {
      chatId: [{ chatId: -1001 }, { chatId: "@drift_news" }, { chatId: 42, threadId: 7 }],
      silent: true,
      remind: Infinity,
      proxy: "socks5://[::1]:1080",
    },
  );
  assertEquals(parseTelegramOptions({ chatId: "42", threadId: "7" }).threadId, 7);
});

Deno.test("parseTelegramOptions() names the option that does not fit, and what would", () => {
  const refused: [Record<string, unknown>, string][] = [
    [{ chatid: 1 }, 'unknown option "chatid": did you mean "chatId"?'],
    [{ chatId: "drift" }, '"chatId" must be a chat\'s number like -1001234567890'],
    [{ chatId: 0 }, '"chatId" must be'],
    [{ chatId: 1.5 }, '"chatId" must be'],
    [{ chatId: true }, '"chatId" must be'],
    [{ chatId: [] }, '"chatId" must be'],
    [{ chatId: [1, null] }, '"chatId" must be'],
    [{ chatId: [1, "1"] }, '"chatId" must be'],
    [{ chatId: "1/0" }, '"chatId" must be'],
    [{ chatId: "../x" }, '"chatId" must be'],
    [{ chatId: 1, threadId: 0 }, '"threadId" must be a topic\'s number'],
    [{ chatId: 1, threadId: true }, '"threadId" must be'],
    [{ chatId: [1, 2], threadId: 7 }, '"threadId" belongs to one chat'],
    [{ chatId: "1/3", threadId: 7 }, 'write each as "CHAT/TOPIC"'],
    [{ remind: "weekly" }, '"remind" must be a duration like "12h" or "7d", or "off", got "weekly"'],
    [{ remind: "0s" }, '"remind" must be'],
    [{ silent: "maybe" }, '"silent" must be true or false'],
    [{ proxy: "proxy:3128" }, '"proxy" must be a proxy\'s address'],
    [{ apiRoot: "ftp://x" }, '"apiRoot" must be a Bot API server\'s address'],
    [{ apiRoot: "http://x/?a=1" }, '"apiRoot" must be'],
  ];
  for (const [options, message] of refused) assertThrows(() => parseTelegramOptions(options), TypeError, message);
});

Deno.test("parseTelegramOptions() refuses secrets without showing them", () => {
  const secrets = {
    tokenFile: "123456789:AAFakeTokenForTestsOnly_0123456789-ab",
    proxy: "http://me:hunter2@proxy:1",
    apiRoot: "http://me:hunter2@api",
  };
  for (const [name, value] of Object.entries(secrets)) {
    const error = assertThrows(() => parseTelegramOptions({ [name]: value }), TypeError, `"${name}" must be`);
    assert(!/hunter2|AAFake/.test(error.message), error.message);
  }
});

Deno.test("recipientsOf() gives the chats of the options, else of the environment", () => {
  const env = (value: string) => (name: string) => name === "TELEGRAM_CHAT_ID" ? value : undefined;
  assertEquals(recipientsOf(parseTelegramOptions({ chatId: "1/2,3" }), env("9")), [{ chatId: 1, threadId: 2 }, {
    chatId: 3,
  }]);
  assertEquals(recipientsOf(parseTelegramOptions({ chatId: 1, threadId: 2 }), none), [{ chatId: 1, threadId: 2 }]);
  assertEquals(recipientsOf(parseTelegramOptions({ threadId: 2 }), env("9")), [{ chatId: 9, threadId: 2 }]);
  assertThrows(() => recipientsOf({}, env("")), TypeError, "TELEGRAM_CHAT_ID");
  assertThrows(() => recipientsOf({}, env("nonsense")), TypeError, '"chatId" must be');
});
