/**
 * Imitations of the services that the examples in docs/examples deliver to. They are stricter than the real ones: they
 * require what the service documents as required, and refuse what it would silently ignore.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { createHmac, timingSafeEqual } from "node:crypto";

/** A server on this machine, until it is disposed of. */
export interface Service<Received> extends AsyncDisposable {
  /** Its address, without a path. */
  url: string;
  /** `HOST:PORT`, for a grant. */
  host: string;
  /** What it accepted, in order. */
  taken: Received[];
  /** Why it refused a request, in order. */
  refused: string[];
  /** Status codes that it answers next, before it looks at a request. */
  failing: number[];
}

/** A notice as ntfy publishes it. */
export interface NtfyNotice {
  topic: string;
  title: string;
  message: string;
  priority: number;
  tags: string[];
}

/** Thrown by a check of a request. */
class Refusal extends Error {
  constructor(readonly status: number, message: string) {
    super(message);
  }
}

function refuse(status: number, message: string): never {
  throw new Refusal(status, message);
}

function serve<Received>(
  take: (request: Request, body: Uint8Array<ArrayBuffer>) => { received?: Received; answer: unknown },
): Service<Received> {
  const taken: Received[] = [], refused: string[] = [], failing: number[] = [];
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, async (request) => {
    const body = new Uint8Array(await request.arrayBuffer());
    const status = failing.shift();
    const headers: HeadersInit = status !== undefined && status >= 300 && status < 400
      ? { Location: "/elsewhere" }
      : {};
    if (status !== undefined) return new Response(null, { status, headers });
    try {
      const { received, answer } = take(request, body);
      if (received !== undefined) taken.push(received);
      return Response.json(answer);
    } catch (error) {
      refused.push((error as Error).message);
      const code = error instanceof Refusal ? error.status : 500;
      return Response.json({ http: code, error: (error as Error).message }, { status: code });
    }
  });
  const host = `127.0.0.1:${server.addr.port}`;
  return {
    ...{ url: `http://${host}`, host, taken, refused, failing },
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

function jsonOf(body: Uint8Array<ArrayBuffer>): Record<string, unknown> {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(body));
  } catch {
    refuse(400, "the body is no JSON in UTF-8");
  }
}

/**
 * Starts a server that accepts what ntfy documents in docs.ntfy.sh/publish, "Publish as JSON", from clients with
 * `token`: at the server's root, with topic and message, five priorities, at most 4,096 bytes of message. Its health
 * check is at `/v1/health`.
 */
export function startNtfy(token: string): Service<NtfyNotice> {
  return serve((request, body) => {
    const { pathname, search } = new URL(request.url);
    if (request.method === "GET" && pathname === "/v1/health") return { answer: { healthy: true } };
    if (request.method !== "POST") refuse(405, `${request.method} is not for publishing`);
    if (pathname !== "/" || search !== "") refuse(404, `JSON is published to "/", not to "${pathname}${search}"`);
    if (request.headers.get("authorization") !== `Bearer ${token}`) refuse(401, "unauthorized");
    const { topic, title, message, priority, tags, ...rest } = jsonOf(body);
    for (const name in rest) refuse(400, `unknown field "${name}"`);
    if (typeof topic !== "string" || !/^[-_A-Za-z0-9]{1,64}$/.test(topic)) refuse(400, "topic invalid");
    if (typeof title !== "string" || title === "") refuse(400, "title invalid");
    if (typeof message !== "string" || message === "") refuse(400, 'message empty: it would read "triggered"');
    if (new TextEncoder().encode(message).length > 4096) refuse(413, "message too long: it would become a file");
    if (!Number.isInteger(priority) || Number(priority) < 1 || Number(priority) > 5) refuse(400, "priority invalid");
    if (!Array.isArray(tags) || !tags.every((tag) => /^[a-z0-9_+-]+$/.test(tag))) refuse(400, "tags invalid");
    const received = { topic, title, message, priority: Number(priority), tags };
    return { received, answer: { id: "sPs71M8A2T", time: 1, event: "message", topic } };
  });
}

/** A message as Gotify takes it. */
export interface GotifyMessage {
  title: string;
  message: string;
  priority: number;
}

/** Starts a server that takes what Gotify's own API description (2.x, `POST /message`) asks of an application with `token`. */
export function startGotify(token: string): Service<GotifyMessage> {
  return serve((request, body) => {
    const { pathname, search } = new URL(request.url);
    if (request.method !== "POST" || pathname !== "/message" || search !== "") refuse(404, "page not found");
    if (request.headers.get("x-gotify-key") !== token) refuse(401, "you need to provide a valid access token");
    if (request.headers.get("content-type") !== "application/json") refuse(400, "no JSON by its header");
    const { title, message, priority, extras, ...rest } = jsonOf(body);
    for (const name in rest) refuse(400, `unknown field "${name}"`);
    if (extras !== undefined) refuse(400, "the text is plain, and needs no extras");
    if (typeof message !== "string" || message === "") refuse(400, "message is required");
    if (typeof title !== "string" || title === "") refuse(400, "title must be a text");
    if (!Number.isInteger(priority) || Number(priority) < 0 || Number(priority) > 10) refuse(400, "priority invalid");
    const received = { title, message, priority: Number(priority) };
    return { received, answer: { id: 1, appid: 1, ...received, date: "2026-11-24T05:00:00Z" } };
  });
}

/** Starts a server that takes what Mattermost documents of its incoming webhook with that token. */
export function startMattermost(token: string): Service<string> {
  return serve((request, body) => {
    const { pathname, search } = new URL(request.url);
    if (request.method !== "POST" || pathname !== `/hooks/${token}` || search !== "") refuse(404, "no such hook");
    if (request.headers.get("content-type") !== "application/json") refuse(400, "no JSON by its header");
    const { text, username, icon_url: icon, ...rest } = jsonOf(body);
    for (const name in rest) refuse(400, `unknown field "${name}"`);
    for (const one of [username, icon]) if (one !== undefined && typeof one !== "string") refuse(400, "must be a text");
    if (typeof text !== "string" || text === "") refuse(400, "No text specified");
    if (text.length > 16383) refuse(400, "text too long: it would be split");
    return { received: text, answer: "ok" };
  });
}

/** What a webhook brought. */
export interface WebhookMessage {
  id: string;
  type: string;
  timestamp: string;
  data: unknown;
}

/**
 * Starts a receiver that follows Standard Webhooks: the signature of id, timestamp and body with the key in `secret`
 * ("whsec_…") must be among those offered, the timestamp within five minutes, and a payload has type, timestamp and
 * data.
 */
export function startWebhook(secret: string): Service<WebhookMessage> {
  const key = Buffer.from(secret.replace(/^whsec_/, ""), "base64");
  return serve((request, body) => {
    if (request.method !== "POST") refuse(405, "only POST");
    if (request.headers.get("content-type") !== "application/json") refuse(415, "no JSON by its header");
    const [id, timestamp, signatures] = ["id", "timestamp", "signature"].map((name) =>
      request.headers.get(`webhook-${name}`) ?? refuse(400, `webhook-${name} is missing`)
    ) as [string, string, string];
    if (!/^[\w-]+$/.test(id)) refuse(400, "webhook-id has characters of its own");
    if (!/^\d{10}$/.test(timestamp)) refuse(400, "webhook-timestamp is not in seconds");
    if (Math.abs(Date.now() / 1000 - Number(timestamp)) > 300) refuse(400, "webhook-timestamp is too old or too new");
    const wanted = createHmac("sha256", key).update(`${id}.${timestamp}.`).update(body).digest();
    const matches = signatures.split(" ").some((one) => {
      const [version, base64 = ""] = one.split(",");
      const given = Buffer.from(base64, "base64");
      return version === "v1" && given.length === wanted.length && timingSafeEqual(given, wanted);
    });
    if (!matches) refuse(401, "no signature matches");
    const { type, timestamp: at, data, ...rest } = jsonOf(body);
    for (const name in rest) refuse(400, `unknown field "${name}"`);
    if (typeof type !== "string" || !/^[a-z0-9_.-]+$/.test(type)) refuse(400, "type invalid");
    if (typeof at !== "string" || Number.isNaN(Date.parse(at))) refuse(400, "timestamp invalid");
    return { received: { id, type, timestamp: at, data }, answer: {} };
  });
}

/** A message that a mail system accepted. */
export interface Mail {
  /** The recipients of the envelope. */
  to: string[];
  /** The sender of the envelope; absent if the mail system chooses it. */
  from?: string;
  /** Lower-case names. */
  headers: Record<string, string>;
  /** Decoded. */
  body: string;
}

/** Writes a program to `path` that stands for sendmail: keeps what it is given in `FILE.args` and `FILE.message`. */
export async function writeSendmail(path: string): Promise<void> {
  const text = `#!/bin/sh
printf '%s\\n' "$@" >'${path}.args'
cat >'${path}.message'
exit "$(cat '${path}.code' 2>/dev/null || echo 0)"
`;
  await Deno.writeTextFile(path, text, { mode: 0o755 });
}

/**
 * Reads the last message that the program of {@linkcode writeSendmail} got, strictly by RFC 5322, 2045 and 2047.
 *
 * @returns `undefined` if it was not called.
 * @throws {Error} that names the rule that was broken
 */
export async function readMail(path: string): Promise<Mail | undefined> {
  let args: string[];
  try {
    args = (await Deno.readTextFile(`${path}.args`)).trimEnd().split("\n");
  } catch {
    return undefined;
  }
  const message = await Deno.readTextFile(`${path}.message`);
  await Promise.all(["args", "message"].map((name) => Deno.remove(`${path}.${name}`)));
  const must = (isSo: boolean, rule: string) => {
    if (!isSo) throw new Error(`${rule}:\n${args.join(" ")}\n${message}`);
  };
  const end = args.indexOf("--");
  must(end >= 0, "recipients must stand behind --, or one could be an option");
  const options = args.slice(0, end), to = args.slice(end + 1);
  must(options[0] === "-oi", "a line with a single dot must not end the message (-oi)");
  must(options.length === 1 || (options.length === 3 && options[1] === "-f"), "no other options than -oi and -f");
  must(to.length > 0, "there must be a recipient");
  must(message.endsWith("\n") && !message.includes("\r") && !message.includes("\0"), "lines must end with a line feed");
  must(/^[\n -~]*$/.test(message), "all must be printable ASCII");
  must(message.split("\n").every((line) => line.length <= 998), "no line may have more than 998 characters");
  const [head, ...rest] = message.split("\n\n");
  const headers: Record<string, string> = {};
  for (const line of head!.split("\n")) {
    const [, name, value] = /^([!-9;-~]+): (\S.*)$/.exec(line) ?? [];
    must(name !== undefined, `a header must be "Name: value", got "${line}"`);
    must(!(name!.toLowerCase() in headers), `a header must stand once: ${name}`);
    headers[name!.toLowerCase()] = value!;
  }
  for (const name of ["to", "subject", "date", "mime-version", "content-type", "auto-submitted"]) {
    must(name in headers, `header "${name}" must be there`);
  }
  must(/^\w{3}, \d{2} \w{3} \d{4} \d{2}:\d{2}:\d{2} [+-]\d{4}$/.test(headers.date!), "the date must be RFC 5322's");
  must(headers["mime-version"] === "1.0", "MIME must be version 1.0");
  must(headers["content-type"] === "text/plain; charset=utf-8", "the text must be plain UTF-8");
  must(headers["content-transfer-encoding"] === "base64", "the text must be base64");
  const encoded = rest.join("\n\n");
  must(/^(?:[A-Za-z0-9+/=]{1,76}\n)+$/.test(encoded), "base64 must be in lines of 76 characters");
  const body = new TextDecoder("utf-8", { fatal: true }).decode(Buffer.from(encoded, "base64"));
  return { to, ...(options[2] === undefined ? {} : { from: options[2] }), headers, body };
}
