/**
 * A strict imitation of Telegram's Bot API over real HTTP: it refuses what Telegram refuses, and can be told to fail as
 * Telegram and the network fail. For tests in this process, and as a program for others:
 *
 *     deno run --allow-net=127.0.0.1 tests/support/fake_telegram.ts --token=123:abc --chat=-1001 --chat=-1002/7
 *
 * As a program it prints its address. Everywhere `POST /__script` queues a JSON array of {@linkcode Answer}s,
 * `POST /__say` lets somebody write a {@linkcode Said}, `GET /__accepted` tells what was accepted.
 *
 * @module
 */

import { parseArgs } from "@std/cli/parse-args";
import { EntitiesUnreadable, parseTelegramHtml } from "./telegram_html.ts";
import { type Said, UpdateQueue, WebhookActive } from "./telegram_updates.ts";

/** A chat that the bot knows. */
export interface FakeChat {
  /** Topics there are; absent in a chat without topics. */
  threads?: number[];
  /** The chat was upgraded; messages must go to this one. */
  migratedTo?: number;
  /** Answers 403 with this description. */
  forbidden?: string;
}

/** How a request is answered instead of being served. */
export type Answer =
  /** As if nothing had been scripted. */
  | { kind: "serve" }
  /** An error of the API. */
  | { kind: "error"; code: number; description: string; parameters?: Record<string, number> }
  /** Any HTTP answer, as a gateway gives it. */
  | { kind: "raw"; status: number; body: string; headers?: Record<string, string> }
  /** The connection breaks in the middle of the answer; with `taken`, after the message was accepted. */
  | { kind: "drop"; taken?: boolean }
  /** No answer, until the fake is closed. */
  | { kind: "hang"; taken?: boolean }
  /** Served after this many milliseconds. */
  | { kind: "slow"; ms: number };

/** A message that was accepted. */
export interface Accepted {
  /** As a number where it is one. */
  chat: number | string;
  /** Topic. */
  thread?: number;
  /** What a reader sees. */
  text: string;
  /** Formatted pieces. */
  entities: number;
  /** Without a sound. */
  silent: boolean;
  /** Milliseconds since 1970. */
  at: number;
}

/** Options of {@linkcode startFakeTelegram}. */
export interface FakeOptions {
  /** Default: {@linkcode FAKE_TOKEN}. */
  token?: string;
  /** By number or name; default: `-1001` without topics. */
  chats?: Record<string, FakeChat>;
  /** Default: a free one. */
  port?: number;
}

/** A running imitation. */
export interface FakeTelegram extends AsyncDisposable {
  /** For `apiRoot`, as `http://127.0.0.1:1234`. */
  url: string;
  /** The one that it takes. */
  token: string;
  /** Those it knows; may be changed at any time. */
  chats: Record<string, FakeChat>;
  /** In order of arrival. */
  accepted: Accepted[];
  /** Every call: its method, its parameters, the status it was answered with (0: none). */
  calls: { method: string; parameters: Record<string, unknown>; status: number; at: number }[];
  /** Another program receives what the bot hears, so that nobody may ask for it. */
  webhook: boolean;
  /** Somebody waits for what the bot hears. */
  readonly isAsked: boolean;
  /** Lets somebody write where the bot may hear it: it does not hear all in a group. Tells whether it did. */
  say(said: Said): boolean;
  /** Scripts the next answers to sendMessage, in order; for one chat alone where it is given. */
  script(answers: Answer[], chat?: number | string): void;
  /** Forgets what was scripted and has not been asked for. */
  unscript(): void;
  /** Ends it, and whatever hangs. */
  close(): Promise<void>;
}

class Refused extends Error {
  constructor(readonly code: number, description: string, readonly parameters?: Record<string, number>) {
    super(description);
  }
}

/** A token that looks like Telegram's and is nobody's. */
export const FAKE_TOKEN = "123456789:AAFakeTokenForTestsOnly_0123456789-ab";
const LONGEST = 4096;
const BOT = "drift_test_bot";

/** Starts one on a free port of the loopback device. */
export function startFakeTelegram(options: FakeOptions = {}): FakeTelegram {
  const scripts: { chat?: string; answer: Answer }[] = [];
  const closing = new AbortController();
  const updates = new UpdateQueue(BOT, closing.signal);
  const fake: FakeTelegram = {
    url: "",
    token: options.token ?? FAKE_TOKEN,
    chats: options.chats ?? { "-1001": {} },
    accepted: [],
    calls: [],
    webhook: false,
    get isAsked() {
      return updates.isAsked;
    },
    say: (said) => updates.say(said, fake.accepted.at(-1)?.chat === said.chat.id),
    script(answers, chat) {
      scripts.push(...answers.map((answer) => chat === undefined ? { answer } : { answer, chat: String(chat) }));
    },
    unscript: () => void scripts.splice(0),
    async close() {
      closing.abort();
      await server.finished;
    },
    [Symbol.asyncDispose]: () => fake.close(),
  };

  async function handle(request: Request): Promise<Response> {
    const { pathname } = new URL(request.url);
    if (pathname === "/__script") {
      fake.script(await request.json());
      return Response.json({ ok: true });
    }
    if (pathname === "/__say") return Response.json({ heard: fake.say(await request.json()) });
    if (pathname === "/__accepted") return Response.json(fake.accepted);
    const call = { method: "", parameters: {}, status: 0, at: Date.now() };
    fake.calls.push(call);
    const response = await answer(request, pathname, call);
    call.status = response.status;
    return response;
  }

  async function answer(request: Request, pathname: string, call: FakeTelegram["calls"][number]): Promise<Response> {
    try {
      const [, token, method] = /^\/bot([^/]+)\/(\w+)$/.exec(pathname) ?? [];
      if (token === undefined || !/^\d+:[\w-]+$/.test(token)) throw new Refused(404, "Not Found");
      call.method = method!;
      call.parameters = await readParameters(request);
      if (token !== fake.token) throw new Refused(401, "Unauthorized");
      const next = method!.toLowerCase() === "sendmessage" ? nextScript(call.parameters.chat_id) : undefined;
      if (method!.toLowerCase() === "getupdates") {
        if (fake.webhook) throw new Refused(409, WebhookActive);
        const found = await updates.take(call.parameters);
        if (typeof found === "string") throw new Refused(found.startsWith("Conflict") ? 409 : 400, found);
        return Response.json({ ok: true, result: found });
      }
      return await follow(next ?? { kind: "serve" }, method!, call.parameters);
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      const { code, message, parameters } = error;
      return Response.json({ ok: false, error_code: code, description: message, ...parameters && { parameters } }, {
        status: code,
      });
    }
  }

  function nextScript(chat: unknown): Answer | undefined {
    const at = scripts.findIndex((one) => one.chat === undefined || one.chat === String(chat));
    return at < 0 ? undefined : scripts.splice(at, 1)[0]!.answer;
  }

  async function follow(next: Answer, method: string, parameters: Record<string, unknown>): Promise<Response> {
    switch (next.kind) {
      case "error":
        throw new Refused(next.code, next.description, next.parameters);
      case "raw":
        return new Response(next.body, { status: next.status, headers: next.headers ?? {} });
      case "drop":
        if (next.taken) serve(fake, method, parameters);
        // The stream's failure closes the connection in the middle of a chunked body.
        return new Response(new ReadableStream({ pull: (stream) => stream.error(new Error("dropped")) }));
      case "hang":
        if (next.taken) serve(fake, method, parameters);
        await pause(undefined, closing.signal);
        return new Response();
      case "slow":
        await pause(next.ms, closing.signal);
    }
    return Response.json({ ok: true, result: serve(fake, method, parameters) });
  }

  const server = Deno.serve({
    hostname: "127.0.0.1",
    port: options.port ?? 0,
    signal: closing.signal,
    onListen: ({ port }) => fake.url = `http://127.0.0.1:${port}`,
    onError: () => new Response("the fake itself failed", { status: 500 }),
  }, handle);
  return fake;
}

function pause(ms: number | undefined, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = ms === undefined ? undefined : setTimeout(resolve, ms);
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      resolve();
    });
  });
}

/**
 * JSON, form and multipart alike; a form's values, and numbers that JSON gives as texts, are read as the API reads
 * them.
 */
async function readParameters(request: Request): Promise<Record<string, unknown>> {
  if (request.method === "GET") return Object.fromEntries(new URL(request.url).searchParams);
  const type = request.headers.get("content-type") ?? "";
  try {
    if (type.startsWith("application/json")) return await request.json();
    return Object.fromEntries(await request.formData());
  } catch {
    throw new Refused(400, "Bad Request: can't parse the request");
  }
}

function serve(fake: FakeTelegram, method: string, parameters: Record<string, unknown>): unknown {
  switch (method.toLowerCase()) {
    case "getme":
      return { id: 123456789, is_bot: true, first_name: "Drift", username: BOT };
    case "getchat":
      findChat(fake, parameters.chat_id);
      return { id: parameters.chat_id, type: "supergroup" };
    case "sendmessage":
      return sendMessage(fake, parameters);
    default:
      throw new Refused(404, "Not Found: method not found");
  }
}

function findChat(fake: FakeTelegram, id: unknown): FakeChat {
  if (id === undefined || id === "") throw new Refused(400, "Bad Request: chat_id is empty");
  const chat = fake.chats[String(id)];
  if (!chat) throw new Refused(400, "Bad Request: chat not found");
  if (chat.forbidden) throw new Refused(403, `Forbidden: ${chat.forbidden}`);
  return chat;
}

function sendMessage(fake: FakeTelegram, parameters: Record<string, unknown>): unknown {
  const { chat_id, text, parse_mode, message_thread_id, disable_notification } = parameters;
  const chat = findChat(fake, chat_id);
  if (chat.migratedTo !== undefined) {
    throw new Refused(400, "Bad Request: group chat was upgraded to a supergroup chat", {
      migrate_to_chat_id: chat.migratedTo,
    });
  }
  const thread = message_thread_id === undefined ? undefined : Number(message_thread_id);
  if (thread !== undefined && !chat.threads?.includes(thread)) {
    throw new Refused(400, "Bad Request: message thread not found");
  }
  if (typeof text !== "string" || text === "") throw new Refused(400, "Bad Request: message text is empty");
  if (!text.isWellFormed()) throw new Refused(400, "Bad Request: strings must be encoded in UTF-8");
  const parsed = read(text, parse_mode);
  if (parsed.text.trim() === "") throw new Refused(400, "Bad Request: text must be non-empty");
  if (parsed.text.length > LONGEST) throw new Refused(400, "Bad Request: message is too long");
  const at = Date.now();
  const id = typeof chat_id === "string" && /^-?\d+$/.test(chat_id) ? Number(chat_id) : chat_id as number | string;
  fake.accepted.push({
    chat: id,
    ...thread === undefined ? {} : { thread },
    text: parsed.text,
    entities: parsed.entities,
    silent: disable_notification === true || disable_notification === "true",
    at,
  });
  return {
    message_id: fake.accepted.length,
    date: Math.floor(at / 1000),
    chat: { id, type: "supergroup" },
    text: parsed.text,
  };
}

function read(text: string, mode: unknown): { text: string; entities: number } {
  if (mode === undefined || mode === "") return { text, entities: 0 };
  if (mode !== "HTML") throw new Refused(400, "Bad Request: unsupported parse_mode");
  try {
    return parseTelegramHtml(text);
  } catch (error) {
    if (!(error instanceof EntitiesUnreadable)) throw error;
    throw new Refused(400, `Bad Request: can't parse entities: ${error.message}`);
  }
}

if (import.meta.main) {
  const { token, chat, port } = parseArgs(Deno.args, { string: ["token", "chat", "port"], collect: ["chat"] });
  const chats: Record<string, FakeChat> = {};
  for (const one of chat as string[]) {
    const [id, ...threads] = one.split("/");
    chats[id!] = threads.length > 0 ? { threads: threads.map(Number) } : {};
  }
  const fake = startFakeTelegram({
    chats,
    ...token ? { token: token as string } : {},
    ...port ? { port: Number(port) } : {},
  });
  await Deno.stdout.write(new TextEncoder().encode(`${fake.url}\n`));
}
