/**
 * A small HTTP proxy in front of a server that breaks requests on demand, as networks and overloaded servers do.
 *
 * @module
 */

import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";

/**
 * What happens to a request. `reset`: the connection is reset. `hang`: it is accepted and never answered. `slow`: it is
 * passed on after `ms` milliseconds. `cut`: the answer's body ends halfway. `status`: the proxy itself answers with
 * this status.
 */
export type Fault =
  | { kind: "reset" | "hang" | "cut" }
  | { kind: "slow"; ms: number }
  | { kind: "status"; status: number; body?: string };

/** A request as the proxy saw it. */
export interface ProxiedRequest {
  /** In capitals, as sent. */
  method: string;
  /** With the query, as sent. */
  path: string;
  /** The fault that was applied; absent if the request was passed on unchanged. */
  fault?: Fault["kind"];
}

interface Rule {
  fault: Fault;
  when: (request: ProxiedRequest) => boolean;
  left: number;
}

/**
 * Passes requests on byte for byte (a signature over the Host header stays valid), one per connection, and applies the
 * first rule that fits. Made by {@linkcode startFaultProxy}.
 */
export class FaultProxy implements AsyncDisposable {
  /** Everything that was asked, in order. */
  readonly requests: ProxiedRequest[] = [];
  #server: Server;
  #port = 0;
  #sockets = new Set<Socket>();
  #timers = new Set<ReturnType<typeof setTimeout>>();
  #rules: Rule[] = [];
  #target: URL;

  /** `target` is the server's address, `http://HOST:PORT`. */
  constructor(target: string) {
    this.#target = new URL(target);
    this.#server = createServer((client) => this.#accept(client));
  }

  /** The address that clients use instead of the server's. */
  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** Breaks the next `times` requests (all, if not given) for which `when` says so (every one, if not given). */
  inject(fault: Fault, when: (request: ProxiedRequest) => boolean = () => true, times = Infinity): void {
    this.#rules.push({ fault, when, left: times });
  }

  /** Refuses connections from now on, and ends the existing ones. */
  async refuse(): Promise<void> {
    await this.#close();
  }

  /** Ends all faults: requests pass as if the proxy was not there. Those that hang go on hanging. */
  async heal(): Promise<void> {
    this.#rules = [];
    if (!this.#server.listening) await this.listen();
  }

  /** Begins to listen, on the port that it had before. Called by {@linkcode startFaultProxy}. */
  async listen(): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once("error", reject).listen(this.#port, "127.0.0.1", () => resolve());
    });
    this.#port = (this.#server.address() as AddressInfo).port;
  }

  /** Closes every connection. */
  async [Symbol.asyncDispose](): Promise<void> {
    for (const timer of this.#timers) clearTimeout(timer);
    await this.#close();
  }

  async #close(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  #track(socket: Socket): Socket {
    this.#sockets.add(socket);
    return socket.on("error", () => socket.destroy()).on("close", () => this.#sockets.delete(socket));
  }

  #accept(client: Socket): void {
    let received = new Uint8Array();
    const read = (chunk: Uint8Array) => {
      received = join(received, chunk);
      const end = headEnd(received);
      if (end < 0) return;
      client.off("data", read).pause();
      this.#answer(client, latin1(received.subarray(0, end)), received.subarray(end));
    };
    this.#track(client).on("data", read);
  }

  #answer(client: Socket, head: string, body: Uint8Array): void {
    const [method = "", path = ""] = head.split(" ", 2);
    const request: ProxiedRequest = { method, path };
    const rule = this.#rules.find(({ when, left }) => left > 0 && when(request));
    this.requests.push(request);
    if (!rule) return this.#pass(client, head, body, false);
    rule.left -= 1;
    const fault = rule.fault;
    request.fault = fault.kind;
    switch (fault.kind) {
      case "hang":
        return;
      case "reset":
        client.resetAndDestroy();
        return;
      case "status": {
        const text = fault.body ?? "";
        const length = new TextEncoder().encode(text).length;
        client.resume(); // the rest of the request is of no interest, but unread it would make the close a reset
        client.end(
          `HTTP/1.1 ${fault.status} Injected\r\nConnection: close\r\nContent-Length: ${length}\r\n\r\n${text}`,
        );
        return;
      }
      case "slow": {
        const timer = setTimeout(() => {
          this.#timers.delete(timer);
          this.#pass(client, head, body, false);
        }, fault.ms);
        this.#timers.add(timer);
        return;
      }
      case "cut":
        this.#pass(client, head, body, true);
    }
  }

  /** One request per connection: the next one comes through `#accept` again, and so through the rules. */
  #pass(client: Socket, head: string, body: Uint8Array, cut: boolean): void {
    const upstream = this.#track(connect(Number(this.#target.port || 80), this.#target.hostname));
    client.on("close", () => upstream.destroy());
    upstream.on("error", () => client.resetAndDestroy());
    upstream.write(
      head.replace(/\r\nConnection:[^\r]*/gi, "").replace(/\r\n\r\n$/, "\r\nConnection: close\r\n\r\n"),
      "latin1",
    );
    upstream.write(body);
    client.pipe(upstream, { end: false });
    if (!cut) {
      upstream.pipe(client);
      return;
    }
    let answer = new Uint8Array();
    upstream.on("data", (chunk: Uint8Array) => answer = join(answer, chunk));
    upstream.on("end", () => {
      const start = headEnd(answer);
      client.end(answer.subarray(0, start + Math.floor((answer.length - start) / 2)));
    });
  }
}

/** Starts a proxy before the server at `target` (`http://HOST:PORT`), on a free port of the loopback. */
export async function startFaultProxy(target: string): Promise<FaultProxy> {
  const proxy = new FaultProxy(target);
  await proxy.listen();
  return proxy;
}

function join(one: Uint8Array, other: Uint8Array): Uint8Array<ArrayBuffer> {
  const both = new Uint8Array(one.length + other.length);
  both.set(one);
  both.set(other, one.length);
  return both;
}

/** One character per byte, so that a head goes out as it came in. */
function latin1(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
}

/** Where the body of an HTTP message begins; -1 if its head is not complete yet. */
function headEnd(bytes: Uint8Array): number {
  const at = latin1(bytes.subarray(0, 65536)).indexOf("\r\n\r\n");
  return at < 0 ? -1 : at + 4;
}
