/**
 * A headless Chromium that tests ask about a page. Speaks the few commands of Chromium's DevTools protocol that it takes.
 *
 * @module
 */

import { pathToFileURL } from "node:url";

/** How a page is looked at. */
export interface Looking {
  /** Width of the window, in CSS pixels. */
  width: number;
  /** What the reader's device asks for. */
  scheme: "light" | "dark";
}

/** A page that is open. */
export interface OpenPage {
  /** The value of an expression, or of what it promises. */
  ask<T>(expression: string): Promise<T>;
  /** Addresses that the page has asked for, its own first. */
  asked: readonly string[];
  /** What the browser complained about: violations of the page's policy, what did not load, exceptions. */
  complaints: readonly string[];
}

/** A browser that is running. */
export interface Browser extends AsyncDisposable {
  /** Opens a file. */
  open(html: string, looking: Looking): Promise<OpenPage>;
}

interface Message {
  id?: number;
  sessionId?: string;
  method?: string;
  params?: Record<string, unknown>;
  result?: Record<string, unknown>;
  error?: { message: string };
}

const HEIGHT = 800;
// Chromium's sandbox cannot be set up by root or in a container, and the pages are our own.
const ARGS = ["--headless", "--no-sandbox", "--disable-gpu", "--remote-debugging-port=0", "--remote-allow-origins=*"];

/** Starts it. Throws where it says no address. */
export async function startBrowser(chromium: string): Promise<Browser> {
  const profile = await Deno.makeTempDir({ prefix: "browser-" });
  const child = new Deno.Command(chromium, {
    args: [...ARGS, `--user-data-dir=${profile}`, "about:blank"],
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).spawn();
  const address = Promise.withResolvers<string>();
  const said = readStderr(child.stderr, address.resolve).then((text) =>
    address.reject(new Error(`Cannot start Chromium: ${text}`))
  );
  const line = await connect(await address.promise);
  return {
    open: (html, looking) => openPage(line, pathToFileURL(html).href, looking),
    async [Symbol.asyncDispose]() {
      // Asked to, since Debian's program is a script, and a signal would end that alone.
      await line.send("Browser.close");
      await Promise.all([line.closed, child.status, said]);
      await Deno.remove(profile, { recursive: true });
    },
  };
}

/** Reads to the end, since a full pipe would stop the browser. */
async function readStderr(stderr: ReadableStream<Uint8Array>, found: (address: string) => void): Promise<string> {
  let text = "";
  for await (const part of stderr.pipeThrough(new TextDecoderStream() as TransformStream<Uint8Array, string>)) {
    text += part;
    const [, address] = /DevTools listening on (ws:\S+)\n/.exec(text) ?? [];
    if (address !== undefined) found(address);
  }
  return text;
}

/** A connection on which each command has its answer, and events go to whoever listens. */
interface Line {
  send(method: string, params?: Record<string, unknown>, sessionId?: string): Promise<Record<string, unknown>>;
  listeners: Set<(message: Message) => void>;
  closed: Promise<void>;
}

async function connect(address: string): Promise<Line> {
  const socket = new WebSocket(address);
  const closed = new Promise<void>((resolve) => socket.onclose = () => resolve());
  const waiting = new Map<number, PromiseWithResolvers<Record<string, unknown>>>();
  const listeners: Line["listeners"] = new Set();
  socket.onmessage = ({ data }) => {
    const message = JSON.parse(data) as Message;
    const asked = message.id === undefined ? undefined : waiting.get(message.id);
    if (!asked) return listeners.forEach((listener) => listener(message));
    waiting.delete(message.id!);
    if (message.error) asked.reject(new Error(message.error.message));
    else asked.resolve(message.result ?? {});
  };
  await new Promise<void>((resolve, reject) => {
    socket.onopen = () => resolve();
    socket.onerror = () => reject(new Error(`Cannot connect to "${address}"`));
  });
  let last = 0;
  return {
    send(method, params, sessionId) {
      const answer = Promise.withResolvers<Record<string, unknown>>();
      waiting.set(++last, answer);
      socket.send(
        JSON.stringify({ id: last, method, params: params ?? {}, ...sessionId === undefined ? {} : { sessionId } }),
      );
      return answer.promise;
    },
    listeners,
    closed,
  };
}

async function openPage(line: Line, url: string, { width, scheme }: Looking): Promise<OpenPage> {
  const { targetId } = await line.send("Target.createTarget", { url: "about:blank" });
  const { sessionId } = await line.send("Target.attachToTarget", { targetId, flatten: true });
  const send = (method: string, params?: Record<string, unknown>) => line.send(method, params, sessionId as string);
  const asked: string[] = [], complaints: string[] = [];
  const loaded = Promise.withResolvers<void>();
  line.listeners.add((message) => {
    if (message.sessionId !== sessionId) return;
    const params = message.params as { request?: { url: string }; entry?: { text: string }; errorText?: string };
    if (message.method === "Network.requestWillBeSent") asked.push(params.request!.url);
    if (message.method === "Log.entryAdded") complaints.push(params.entry!.text);
    if (message.method === "Network.loadingFailed") complaints.push(params.errorText!);
    if (message.method === "Runtime.exceptionThrown") complaints.push(JSON.stringify(params));
    if (message.method === "Page.loadEventFired") loaded.resolve();
  });
  for (const domain of ["Page", "Network", "Log", "Runtime"]) await send(`${domain}.enable`);
  await send("Emulation.setDeviceMetricsOverride", {
    width,
    height: HEIGHT,
    deviceScaleFactor: 1,
    mobile: width < 600,
  });
  await send("Emulation.setEmulatedMedia", { features: [{ name: "prefers-color-scheme", value: scheme }] });
  await send("Page.navigate", { url });
  await loaded.promise;
  return {
    async ask<T>(expression: string): Promise<T> {
      const { result, exceptionDetails } = await send("Runtime.evaluate", {
        expression,
        returnByValue: true,
        awaitPromise: true,
      });
      if (exceptionDetails) throw new Error(`Cannot evaluate: ${JSON.stringify(exceptionDetails)}`);
      return (result as { value: T }).value;
    },
    asked,
    complaints,
  };
}
