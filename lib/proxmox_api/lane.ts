/**
 * A lane: one connection that is kept open from question to question.
 *
 * @module
 */

import type { IncomingMessage } from "node:http";
import { Agent, request } from "node:https";
import type { TLSSocket } from "node:tls";
import { addressOf, type Certificate, certificateOf, openConnection } from "./connection.ts";
import type { Trust } from "./proxmox_api.ts";

/** A server's answer, whatever it says. */
export interface Answer {
  /** HTTP status. */
  status: number;
  /** The text beside it, in which older versions of Proxmox say what is wrong. */
  statusText: string;
  /** As it came. */
  body: string;
  /** What the server's clock said. */
  date: string | undefined;
  /** The certificate by which the server proved itself. */
  certificate: Certificate;
}

/** An answer that is cut, or larger than any of Proxmox's. */
export class Unreadable extends Error {}

/** The list of 10,000 guests has about 5 MB. */
const LARGEST = 32 * 1024 * 1024;

interface Connection {
  endpoint: string;
  socket: TLSSocket;
  certificate: Certificate;
  agent: Agent;
  isUsed: boolean;
}

/** Asks one question after another, over one connection as long as the server keeps it open. */
export class Lane implements Disposable {
  readonly #trust: Trust;
  readonly #token: string;
  readonly #onRequest: () => void;
  #connection: Connection | undefined;

  /** Connects no sooner than the first question. @param onRequest Is told of each request that is sent. */
  constructor(trust: Trust, token: string, onRequest: () => void) {
    this.#trust = trust;
    this.#token = token;
    this.#onRequest = onRequest;
  }

  /** Sends a GET request. Rejects with an `Unproven`, an {@linkcode Unreadable}, the signal's reason, or Node's error. */
  async get(endpoint: string, path: string, signal: AbortSignal): Promise<Answer> {
    const connection = await this.#connectionTo(endpoint, signal);
    const wasUsed = connection.isUsed;
    connection.isUsed = true;
    try {
      return await this.#send(connection, path, signal);
    } catch (error) {
      this[Symbol.dispose]();
      // The server may close an idle connection at the very moment that it is used again.
      if (wasUsed && !signal.aborted && !(error instanceof Unreadable)) return await this.get(endpoint, path, signal);
      throw error;
    }
  }

  async #connectionTo(endpoint: string, signal: AbortSignal): Promise<Connection> {
    const open = this.#connection;
    if (open?.endpoint === endpoint && !open.socket.destroyed && open.socket.writable) return open;
    this[Symbol.dispose]();
    const socket = await openConnection(endpoint, this.#trust, signal);
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    agent.createConnection = () => socket;
    return this.#connection = { endpoint, socket, certificate: certificateOf(socket), agent, isUsed: false };
  }

  async #send(
    { endpoint, socket, certificate, agent }: Connection,
    path: string,
    signal: AbortSignal,
  ): Promise<Answer> {
    const headers = {
      Host: new URL(endpoint).host,
      Accept: "application/json",
      Authorization: `PVEAPIToken=${this.#token}`,
    };
    signal.throwIfAborted();
    this.#onRequest();
    return await new Promise((resolve, reject) => {
      const stop = () => {
        reject(signal.reason);
        sent.destroy();
      };
      // A request on a connection that is closed under it is told of nothing by Deno 2.9.
      const close = () => reject(Object.assign(new Error("the connection was closed"), { code: "ECONNRESET" }));
      const sent = request({ method: "GET", ...addressOf(endpoint), path, agent, headers });
      signal.addEventListener("abort", stop, { once: true });
      socket.once("close", close);
      sent.once("error", reject);
      sent.once("response", (response) => {
        const { statusCode: status = 0, statusMessage: statusText = "", headers: { date } } = response;
        socket.removeListener("close", close);
        readBody(response).then((body) => resolve({ status, statusText, body, date, certificate }), reject);
      });
      sent.once("close", () => {
        signal.removeEventListener("abort", stop);
        socket.removeListener("close", close);
      });
      sent.end();
    });
  }

  /** Closes the connection; the next question opens another. */
  [Symbol.dispose](): void {
    this.#connection?.agent.destroy();
    this.#connection?.socket.destroy();
    this.#connection = undefined;
  }
}

async function readBody(response: IncomingMessage): Promise<string> {
  const decoder = new TextDecoder();
  let body = "", size = 0;
  try {
    for await (const chunk of response as AsyncIterable<Uint8Array>) {
      size += chunk.length;
      if (size > LARGEST) throw new Unreadable(`the answer has more than ${LARGEST / 1024 / 1024} MiB`);
      body += decoder.decode(chunk, { stream: true });
    }
  } catch (error) {
    throw error instanceof Unreadable ? error : new Unreadable("the answer breaks off");
  }
  if (!response.complete) throw new Unreadable("the answer breaks off");
  return body + decoder.decode();
}
