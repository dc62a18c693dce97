import { assert, assertEquals, assertMatch, assertRejects, assertStringIncludes } from "@std/assert";
import {
  type Answer,
  FAKE_TOKEN,
  type FakeOptions,
  type FakeTelegram,
  startFakeTelegram,
} from "../../tests/support/fake_telegram.ts";
import { type ClientOptions, connectTelegram, type Recipient, type TelegramClient } from "./client.ts";
import { TelegramFailure } from "./answers.ts";

interface Setting {
  fake: FakeTelegram;
  client: TelegramClient;
  /** What the client waited, in milliseconds. */
  waits: number[];
  send(text?: string, to?: Recipient, signal?: AbortSignal): Promise<{ migratedTo?: number }>;
  /** What sending fails with; in nothing that an inspector shows is the token. */
  failure(text?: string, to?: Recipient, signal?: AbortSignal): Promise<TelegramFailure>;
}

const later = () => AbortSignal.timeout(20_000);

async function connected(
  test: (setting: Setting) => Promise<void>,
  options: FakeOptions = {},
  rest: Partial<ClientOptions> = {},
): Promise<void> {
  await using fake = startFakeTelegram(options);
  const waits: number[] = [];
  const wait = (ms: number, signal: AbortSignal) => {
    waits.push(ms);
    return signal.aborted ? Promise.reject(signal.reason) : Promise.resolve();
  };
  using client = await connectTelegram({
    token: FAKE_TOKEN,
    apiRoot: fake.url,
    requestTimeoutMs: 5_000,
    wait,
    ...rest,
  });
  const send = (text = "<b>x</b>", to: Recipient = { chatId: -1001 }, signal = later()) =>
    client.send(to, text, { html: true, silent: false, signal });
  await test({
    fake,
    client,
    waits,
    send,
    async failure(text, to, signal) {
      const error = await assertRejects(() => send(text, to, signal), TelegramFailure);
      assert(!Deno.inspect(error, { depth: 20 }).includes(FAKE_TOKEN.split(":")[1]!), Deno.inspect(error));
      return error;
    },
  });
}

const tooMany = (seconds: number): Answer => ({
  kind: "error",
  code: 429,
  description: `Too Many Requests: retry after ${seconds}`,
  parameters: { retry_after: seconds },
});
const gateway = (status: number): Answer => ({ kind: "raw", status, body: `<html>${status}</html>` });
const times = (count: number, answer: Answer) => Array.from({ length: count }, () => answer);

Deno.test("send() sends HTML without link previews, to a topic, and in silence where that is asked for", () =>
  connected(async ({ fake, client }) => {
    const to = { chatId: -1001, threadId: 7 };
    await client.send(to, "<b>a</b> &lt;", { html: true, silent: true, signal: later() });
    await client.send(to, "<b>a</b> &lt;", { html: false, silent: false, signal: later() });
    await client.send({ chatId: "@drift_news" }, "x", { html: true, silent: false, signal: later() });
    assertEquals(fake.accepted.map(({ chat, thread, text, silent }) => [chat, thread, text, silent]), [
      [-1001, 7, "a <", true],
      [-1001, 7, "<b>a</b> &lt;", false],
      ["@drift_news", undefined, "x", false],
    ]);
    assertEquals(fake.calls[0]!.parameters.link_preview_options, { is_disabled: true });
  }, { chats: { "-1001": { threads: [7] }, "@drift_news": {} } }));

Deno.test("send() waits as long as Telegram asks to, however often", () =>
  connected(async ({ fake, send, waits }) => {
    fake.script([tooMany(3), tooMany(31), ...times(8, tooMany(1)), {
      kind: "error",
      code: 429,
      description: "Too Many Requests",
    }]);
    await send();
    assertEquals(waits, [3_000, 31_000, ...times(8, tooMany(1)).map(() => 1_000), 5_000]);
    assertEquals(fake.accepted.length, 1);
  }));

Deno.test("send() really waits as long as Telegram asks to, with a timer of its own", async () => {
  await using fake = startFakeTelegram();
  using client = await connectTelegram({ token: FAKE_TOKEN, apiRoot: fake.url, requestTimeoutMs: 5_000 });
  fake.script([tooMany(1)]);
  await client.send({ chatId: -1001 }, "x", { html: true, silent: false, signal: later() });
  const [first, second] = fake.calls;
  assert(second!.at - first!.at >= 990, `${second!.at - first!.at} ms`);
});

Deno.test("send() does not wait beyond the deadline", () =>
  connected(
    async ({ fake, failure }) => {
      fake.script(times(9, tooMany(60)));
      const { message } = await failure("x", undefined, AbortSignal.timeout(200));
      assertMatch(message, /^the deadline passed while waiting to try again: Telegram asks to wait 60 s$/);
      assertEquals(fake.calls.length, 1);
    },
    {},
    { wait: undefined as never },
  ));

for (
  const [title, answer, reason] of [
    [
      "an error of Telegram's server",
      { kind: "error", code: 502, description: "Bad Gateway" },
      "Telegram answered 502 (Bad Gateway)",
    ],
    ["a gateway's page", gateway(503), "Another server answered in Telegram's place (HTTP 503)"],
    ["a broken connection", { kind: "drop" }, "no answer from Telegram"],
    ["an answer of no known form", { kind: "raw", status: 500, body: "[]" }, "Another server answered"],
  ] as [string, Answer, string][]
) {
  Deno.test(`send() tries again after ${title}, and gives up after five attempts`, () =>
    connected(async ({ fake, send, failure, waits }) => {
      fake.script([answer, answer]);
      await send();
      assertEquals([fake.accepted.length, waits], [1, [1_000, 2_000]]);
      fake.script(times(5, answer));
      const { message, scope } = await failure();
      assertStringIncludes(message, reason);
      assertMatch(message, /, after 5 attempts$/);
      assertEquals([fake.accepted.length, scope, fake.calls.length], [1, "chat", 8]);
    }));
}

Deno.test("send() tries again where nobody answers in time, and where nobody listens", async () => {
  await connected(
    async ({ fake, send }) => {
      fake.script([{ kind: "hang" }]);
      await send();
      assertEquals([fake.accepted.length, fake.calls.length], [1, 2]);
    },
    {},
    { requestTimeoutMs: 200 },
  );
  const port = (() => {
    using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    return (listener.addr as Deno.NetAddr).port;
  })();
  await connected(
    async ({ failure, waits }) => {
      assertMatch((await failure()).message, /^no answer from Telegram \(.*Connection refused.*\), after 5 attempts$/);
      assertEquals(waits.length, 4);
    },
    {},
    { apiRoot: `http://127.0.0.1:${port}` },
  );
});

Deno.test("send() ends at the deadline where Telegram never answers", () =>
  connected(async ({ fake, failure }) => {
    fake.script([{ kind: "hang" }]);
    const { message, scope } = await failure("x", undefined, AbortSignal.timeout(150));
    assertEquals([message, scope], ["the deadline passed before Telegram answered", "chat"]);
  }));

Deno.test("send() says of what is final how to cure it, and does not try again", () =>
  connected(async ({ fake, failure, waits }) => {
    const final = async (description: string, code = 400) => {
      fake.script([{ kind: "error", code, description }]);
      const { message, scope } = await failure();
      assertEquals(scope, "chat");
      return message;
    };
    assertEquals(
      (await failure("x", { chatId: -9 })).message,
      "Telegram answered 400 (Bad Request: chat not found): check chatId, and add the bot to the chat (in a private chat, send it /start)",
    );
    assertMatch(
      (await failure("x", { chatId: -1001, threadId: 8 })).message,
      /thread not found\): .* for the General topic leave it out$/,
    );
    assertMatch(
      (await failure("x", { chatId: 5 })).message,
      /^Telegram answered 403 \(Forbidden: bot was blocked by the user\): unblock the bot/,
    );
    assertMatch(await final("Bad Request: TOPIC_CLOSED"), /threadId/);
    assertMatch(
      await final("Forbidden: bot was kicked from the supergroup chat", 403),
      /add the bot to the chat again/,
    );
    assertMatch(
      await final("Bad Request: not enough rights to send text messages to the chat"),
      /allow the bot to write/,
    );
    assertMatch(await final("Not Found", 404), /the token is no bot's, or apiRoot is no Bot API/);
    assertEquals(await final("Bad Request: something new"), "Telegram answered 400 (Bad Request: something new)");
    assertEquals(waits, []);
  }, { chats: { "-1001": { threads: [7] }, "5": { forbidden: "bot was blocked by the user" } } }));

Deno.test("send() tells a wrong token by its cure, not by the token", () =>
  connected(async ({ failure }) => {
    assertEquals(
      (await failure()).message,
      "Telegram answered 401 (Unauthorized): the token is not valid any more, get the bot's token from @BotFather",
    );
  }, { token: "1:another" }));

Deno.test("send() tells a message that is at fault from a chat that is", () =>
  connected(async ({ failure }) => {
    for (const text of ["<p>x</p>", "x".repeat(4097), "<b> </b>", ""]) {
      assertEquals((await failure(text)).scope, "message", text.slice(0, 20));
    }
  }));

Deno.test("send() suspects the way where another server answers for good", () =>
  connected(async ({ fake, failure, waits }) => {
    fake.script([gateway(403)]);
    assertEquals(
      (await failure()).message,
      `Another server answered in Telegram's place (HTTP 403): check apiRoot "${fake.url}"`,
    );
    fake.script([{ kind: "raw", status: 302, body: "", headers: { location: `${fake.url}/portal` } }]);
    assertMatch((await failure()).message, /HTTP 302/);
    assertEquals([waits, fake.calls.length], [[], 2]);
  }));

Deno.test("send() follows a group that was upgraded, once, and tells where to", async () => {
  const chats = { "-5": { migratedTo: -1005 }, "-1005": {}, "-6": { migratedTo: -7 }, "-7": { migratedTo: -8 } };
  await connected(async ({ fake, send, failure }) => {
    assertEquals(await send("x", { chatId: -5, threadId: 3 }), { migratedTo: -1005 });
    assertEquals(await send("x", { chatId: -1005 }), {});
    assertEquals(fake.accepted.map(({ chat, thread }) => [chat, thread]), [[-1005, undefined], [-1005, undefined]]);
    assertMatch((await failure("x", { chatId: -6 })).message, /^the chat became -7, and that became -8: /);
  }, { chats: { ...chats, "-5": { ...chats["-5"], threads: [3] } } });
});

Deno.test("send() takes the token out of the message itself", () =>
  connected(async ({ fake, send }) => {
    await send(`token ${FAKE_TOKEN}, half ${FAKE_TOKEN.split(":")[1]}, ${encodeURIComponent(FAKE_TOKEN)}`);
    assertEquals(fake.accepted[0]!.text, "token (bot token), half (bot token), (bot token)");
  }));

Deno.test("whoAmI() names the bot, and says what is wrong with token or chat", async () => {
  await connected(async ({ client, fake }) => {
    const { name, theirTime } = await client.whoAmI([-1001], later());
    assertEquals(name, "@drift_test_bot");
    assert(Math.abs(theirTime! - Date.now()) < 10_000);
    assertEquals(fake.accepted, []);
    await assertRejects(() => client.whoAmI([-1001, -9], later()), TelegramFailure, "chat not found");
  });
  await connected(async ({ client }) => {
    await assertRejects(() => client.whoAmI([], later()), TelegramFailure, "401");
  }, { token: "1:another" });
});

/** A proxy that notes the request lines it gets, and answers them itself. */
async function withProxy(answer: [status: string, body: string], test: (url: string, seen: string[]) => Promise<void>) {
  const seen: string[] = [];
  const [status, body] = answer;
  const reply = new TextEncoder().encode(
    `HTTP/1.1 ${status}\r\ncontent-length: ${body.length}\r\nconnection: close\r\n\r\n${body}`,
  );
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const serving = (async () => {
    for await (const connection of listener) {
      const buffer = new Uint8Array(4096);
      const head = new TextDecoder().decode(buffer.subarray(0, await connection.read(buffer) ?? 0));
      seen.push(head.split("\r\n")[0]!);
      await connection.write(reply);
      connection.close();
    }
  })();
  try {
    await test(`http://127.0.0.1:${(listener.addr as Deno.NetAddr).port}`, seen);
  } finally {
    listener.close();
    await serving;
  }
}

Deno.test("send() goes through the proxy", () =>
  withProxy(["200 OK", '{"ok":true,"result":{"message_id":1}}'], async (proxy, seen) => {
    await connected(
      async ({ send, fake }) => {
        await send();
        assertEquals(seen, [`POST http://localhost:8081/bot${FAKE_TOKEN}/sendMessage HTTP/1.1`]);
        assertEquals(fake.calls, []);
      },
      {},
      { proxy, apiRoot: "http://localhost:8081" },
    );
  }));

Deno.test("send() keeps the token from the proxy where the API is asked over TLS, and suspects the proxy too", () =>
  withProxy(["403 Forbidden", ""], async (proxy, seen) => {
    await connected(
      async ({ failure }) => {
        assertMatch((await failure()).message, /^no answer from Telegram \(.*\), after 5 attempts$/);
        assertEquals(new Set(seen), new Set(["CONNECT localhost:8443 HTTP/1.1"]));
      },
      {},
      { proxy, apiRoot: "https://localhost:8443" },
    );
    await connected(
      async ({ failure }) => {
        assertMatch((await failure()).message, /\(HTTP 403\): check apiRoot "http:\/\/localhost:8081" and the proxy$/);
      },
      {},
      { proxy, apiRoot: "http://localhost:8081" },
    );
  }));

Deno.test({
  name: "send() does not try again where Deno was not given the right to reach Telegram",
  ignore: (await Deno.permissions.query({ name: "net", host: "api.example.org" })).state === "granted",
  fn: () =>
    connected(
      async ({ failure, waits }) => {
        assertMatch((await failure()).message, /Requires net access to "api\.example\.org:443"/);
        assertEquals(waits, []);
      },
      {},
      { apiRoot: "https://api.example.org" },
    ),
});
