/**
 * A server that answers as Proxmox VE's API does, over TLS, and is strict about what it is sent.
 *
 * @module
 */

import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer } from "node:https";
import type { AddressInfo, Socket } from "node:net";

/** A token of the form that Proxmox makes. */
export const TOKEN = "drift@pve!eyes=6f0b2e0c-7c1c-4b77-9e2b-2f1a1a1a1a13";

/** What a server answers; without anything, `{"data":null}`. */
export interface PlayedAnswer {
  /** HTTP status; 200 where it is not given. */
  status?: number;
  /** The text beside the status. */
  statusText?: string;
  /** The `data` of the body. */
  data?: unknown;
  /** The whole body, in place of `data`. */
  body?: string;
  /** Headers besides the usual ones. */
  headers?: Record<string, string>;
  /** Half of the body is sent and the connection closed; it is closed without an answer; or nothing is answered at all. */
  fault?: "cut" | "gone" | "silent";
}

/** A question as it was received. */
export interface Question {
  /** Below `/api2/json`. */
  path: string;
  /** Decoded. */
  query: Record<string, string>;
  /** The token that was sent. */
  token: string;
}

/** A played server, until it is disposed of. */
export interface PveApi extends AsyncDisposable {
  /** As `https://127.0.0.1:1234`. */
  endpoint: string;
  /** Every question that came through, in order. */
  questions: Question[];
  /** What was wrong with requests that Proxmox would not have taken. */
  refused: string[];
  /** How many connections were accepted, and how many questions were open at the same time. */
  counts: { connections: number; mostAtOnce: number };
}

const folder = new URL("../fixtures/tls/", import.meta.url);

/** Path of a certificate of tests/fixtures/tls; `ca` signed the others. */
export function certificateFile(name: "ca" | "pve1" | "pve9" | "expired"): string {
  return new URL(`${name}.pem`, folder).pathname;
}

/** SHA-256 fingerprint of the certificate `pve1`. */
export const PVE1_FINGERPRINT =
  "DE:18:63:83:5C:3F:A3:E7:64:D6:3C:9C:89:0E:5A:55:F3:D9:94:56:82:2C:F1:6C:AF:0D:C3:88:28:D2:6D:74";

/** Starts a server on the loopback device. */
export async function startPveApi(
  answer: (question: Question) => PlayedAnswer | Promise<PlayedAnswer>,
  { certificate = "pve1", hostname = "127.0.0.1" }: { certificate?: "pve1" | "pve9" | "expired"; hostname?: string } =
    {},
): Promise<PveApi> {
  const [cert, key] = await Promise.all(
    ["pem", "key"].map((kind) => Deno.readTextFile(new URL(`${certificate}.${kind}`, folder))),
  );
  const api: Omit<PveApi, typeof Symbol.asyncDispose> = {
    endpoint: "",
    questions: [],
    refused: [],
    counts: { connections: 0, mostAtOnce: 0 },
  };
  const sockets = new Set<Socket>();
  let open = 0;
  const server = createServer({ cert: cert!, key: key! }, async (request, response) => {
    const question = questionOf(request);
    if (typeof question === "string") {
      api.refused.push(question);
      send(response, { status: 501 });
      return;
    }
    api.questions.push(question);
    api.counts.mostAtOnce = Math.max(api.counts.mostAtOnce, ++open);
    const played = await answer(question);
    open--;
    send(response, played);
  });
  server.on("connection", (socket: Socket) => {
    api.counts.connections++;
    sockets.add(socket);
    socket.on("error", () => {}).on("close", () => sockets.delete(socket));
  });
  server.on("tlsClientError", () => {});
  await new Promise<void>((resolve) => server.listen(0, hostname, resolve));
  const { port } = server.address() as AddressInfo;
  api.endpoint = `https://${hostname.includes(":") ? `[${hostname}]` : hostname}:${port}`;
  return {
    ...api,
    async [Symbol.asyncDispose]() {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

/** The question, or what is wrong with the request. */
function questionOf({ method, url = "", headers }: IncomingMessage): Question | string {
  const { pathname, searchParams } = new URL(url, "https://pve1");
  const [, token] = /^PVEAPIToken=(.+)$/.exec(headers.authorization ?? "") ?? [];
  if (method !== "GET") return `${method} ${url}`;
  if (!pathname.startsWith("/api2/json/")) return `no path of the API: ${url}`;
  if (token === undefined) return `no token: ${url}`;
  return {
    path: decodeURIComponent(pathname.slice("/api2/json".length)),
    query: Object.fromEntries(searchParams),
    token,
  };
}

function send(response: ServerResponse, played: PlayedAnswer): void {
  const { status = 200, statusText, data = null, body, headers, fault } = played;
  if (fault === "silent") return;
  if (fault === "gone") return void response.socket?.destroy();
  const whole = body ?? JSON.stringify({ data });
  const usual = {
    "Content-Type": "application/json;charset=UTF-8",
    "Content-Length": String(new TextEncoder().encode(whole).length),
  };
  if (statusText !== undefined) response.statusMessage = statusText;
  response.writeHead(status, { ...usual, ...headers });
  if (fault === "cut") response.write(whole.slice(0, whole.length / 2), () => response.socket?.destroy());
  else response.end(whole);
}
