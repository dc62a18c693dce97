import { assertEquals, assertMatch, assertRejects, assertThrows } from "@std/assert";
import { FAKE_TOKEN, startFakeTelegram } from "./fake_telegram.ts";
import { EntitiesUnreadable, parseTelegramHtml } from "./telegram_html.ts";

async function send(url: string, parameters: Record<string, unknown>, token = FAKE_TOKEN, method = "sendMessage") {
  const response = await fetch(`${url}/bot${token}/${method}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(parameters),
  });
  return { status: response.status, ...await response.json() };
}

Deno.test("parseTelegramHtml() gives the text a reader sees and counts what is formatted", () => {
  assertEquals(
    parseTelegramHtml(
      '<b>a <i>b</i></b> &lt;&#65;&#x42;&quot; <a href="https://x.example/?a=1">l</a> <span class="tg-spoiler">s</span>',
    ),
    { text: 'a b <AB" l s', entities: 4 },
  );
  assertEquals(parseTelegramHtml('<pre><code class="language-hcl">x</code></pre>').text, "x");
  assertEquals(parseTelegramHtml("<blockquote expandable>q</blockquote>").entities, 1);
});

Deno.test("parseTelegramHtml() refuses what Telegram refuses", () => {
  const refused: [string, string][] = [
    ["<p>x</p>", 'Unsupported start tag "p" at byte offset 0'],
    ["ü<br>", 'Unsupported start tag "br" at byte offset 2'],
    ["<b>x", 'Can\'t find end tag corresponding to start tag "b"'],
    ["<b><i>x</b></i>", 'Unmatched end tag at byte offset 7, expected "</i>", found "</b>"'],
    ["x</b>", "Unexpected end tag at byte offset 1"],
    ["a < b", "Unclosed start tag at byte offset 2"],
    ["<b>x</b", "Unclosed end tag at byte offset 4"],
    ["a > b", 'Unescaped ">"'],
    ["&nbsp;", 'Unknown entity "&nbsp;"'],
    ["a & b", 'Unknown entity "&"'],
    ["&lt", 'Unknown entity "&"'],
    ["&#xd800;", 'Unknown entity "&#xd800;"'],
    ["<code><b>x</b></code>", 'Tag "b" inside "code"'],
    ['<b onclick="x">x</b>', 'Tag "b" must have other attributes'],
    ["<span>x</span>", 'Tag "span" must have other attributes'],
    ["<B>x</B>", 'Unsupported start tag "B"'],
  ];
  for (const [html, message] of refused) assertThrows(() => parseTelegramHtml(html), EntitiesUnreadable, message);
});

Deno.test("startFakeTelegram() checks token, method, chat, topic and text", async () => {
  await using fake = startFakeTelegram({
    chats: {
      "-1001": { threads: [7] },
      "-5": { migratedTo: -1001 },
      "9": { forbidden: "bot was blocked by the user" },
    },
  });
  const described = async (parameters: Record<string, unknown>, token?: string, method?: string) => {
    const { status, ok, error_code, description, parameters: more } = await send(fake.url, parameters, token, method);
    assertEquals(ok, false);
    assertEquals(status, error_code);
    return [status, description, ...more ? [more] : []];
  };
  const chat_id = -1001;
  assertEquals(await described({ chat_id, text: "x" }, "123:wrong"), [401, "Unauthorized"]);
  assertEquals(await described({ chat_id, text: "x" }, "no-token"), [404, "Not Found"]);
  assertEquals(await described({}, undefined, "sendFax"), [404, "Not Found: method not found"]);
  assertEquals(await described({ text: "x" }), [400, "Bad Request: chat_id is empty"]);
  assertEquals(await described({ chat_id: -4, text: "x" }), [400, "Bad Request: chat not found"]);
  assertEquals(await described({ chat_id, text: "x", message_thread_id: 8 }), [
    400,
    "Bad Request: message thread not found",
  ]);
  assertEquals(await described({ chat_id, text: "" }), [400, "Bad Request: message text is empty"]);
  assertEquals(await described({ chat_id, text: "<b> </b>", parse_mode: "HTML" }), [
    400,
    "Bad Request: text must be non-empty",
  ]);
  assertEquals(await described({ chat_id, text: "x".repeat(4097) }), [400, "Bad Request: message is too long"]);
  assertEquals(await described({ chat_id, text: "\ud800" }), [400, "Bad Request: strings must be encoded in UTF-8"]);
  assertEquals(await described({ chat_id, text: "x", parse_mode: "Markdown" }), [
    400,
    "Bad Request: unsupported parse_mode",
  ]);
  assertMatch((await described({ chat_id, text: "<p>", parse_mode: "HTML" }))[1], /can't parse entities: Unsupported/);
  assertEquals(await described({ chat_id: 9, text: "x" }), [403, "Forbidden: bot was blocked by the user"]);
  assertEquals(await described({ chat_id: -5, text: "x" }), [
    400,
    "Bad Request: group chat was upgraded to a supergroup chat",
    { migrate_to_chat_id: -1001 },
  ]);
  assertEquals(fake.accepted, []);
});

Deno.test("startFakeTelegram() takes JSON and forms and tells what it accepted", async () => {
  await using fake = startFakeTelegram({ chats: { "-1001": { threads: [7] } } });
  await send(fake.url, {
    chat_id: "-1001",
    text: `<b>${"&lt;".repeat(4096)}</b>`,
    parse_mode: "HTML",
    message_thread_id: 7,
    disable_notification: true,
  });
  const body = new URLSearchParams({ chat_id: "-1001", text: "form" });
  const form = await fetch(`${fake.url}/bot${FAKE_TOKEN}/sendMessage`, { method: "POST", body });
  assertEquals((await form.json()).result.text, "form");
  const seen = await (await fetch(`${fake.url}/__accepted`)).json();
  assertEquals(
    seen.map((
      { chat, thread, text, silent }: Record<string, unknown>,
    ) => [chat, thread, (text as string).length, silent]),
    [
      [-1001, 7, 4096, true],
      [-1001, undefined, 4, false],
    ],
  );
  assertEquals((await send(fake.url, {}, FAKE_TOKEN, "getMe")).result.is_bot, true);
  assertEquals((await send(fake.url, { chat_id: -1001 }, FAKE_TOKEN, "getChat")).ok, true);
});

Deno.test("startFakeTelegram() follows its script in order and for the chat it names", async () => {
  await using fake = startFakeTelegram({ chats: { "-1001": {}, "-1002": {} } });
  const queued = await fetch(`${fake.url}/__script`, {
    method: "POST",
    body: JSON.stringify([
      { kind: "error", code: 429, description: "Too Many Requests: retry after 1", parameters: { retry_after: 1 } },
      { kind: "slow", ms: 5 },
    ]),
  });
  await queued.body?.cancel();
  fake.script([{ kind: "drop", taken: true }, { kind: "raw", status: 502, body: "<html>bad gateway</html>" }], -1002);
  const text = "x", chat_id = -1001;
  assertEquals((await send(fake.url, { chat_id, text })).parameters, { retry_after: 1 });
  assertEquals((await send(fake.url, { chat_id, text })).ok, true);
  await assertRejects(() => send(fake.url, { chat_id: -1002, text }), TypeError);
  await assertRejects(() => send(fake.url, { chat_id: -1002, text }), SyntaxError);
  fake.script([{ kind: "hang" }]);
  await assertRejects(() => fetch(`${fake.url}/bot${FAKE_TOKEN}/sendMessage`, { signal: AbortSignal.timeout(50) }));
  assertEquals(fake.accepted.map(({ chat }) => chat), [-1001, -1002]);
});

Deno.test("fake_telegram.ts is a program that prints its address", async () => {
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "-q",
      "--allow-net=127.0.0.1",
      new URL("fake_telegram.ts", import.meta.url).pathname,
      "--token=1:a",
      "--chat=-7/3",
    ],
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  try {
    const reader = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
    const url = (await reader.read()).value!.trim();
    const answer = await send(url, { chat_id: -7, text: "x", message_thread_id: 3 }, "1:a");
    assertEquals(answer.ok, true);
    await reader.cancel();
  } finally {
    child.kill("SIGKILL");
    await child.status;
  }
});
