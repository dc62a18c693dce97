/**
 * Real servers on the loopback device, started and ended by a test.
 *
 * @module
 */

import { delay } from "@std/async/delay";

/** A server that answers. Disposing of it ends it. */
export interface Server extends AsyncDisposable {
  /** As `http://127.0.0.1:1234`. */
  url: string;
}

/**
 * A port of the loopback device on which nobody listens. It is none that the system hands out by itself, so that no
 * connection takes it before the server has it.
 */
export function freePort(): number {
  for (let left = 100;; left--) {
    const port = 10_000 + Math.floor(Math.random() * 20_000);
    try {
      Deno.listen({ hostname: "127.0.0.1", port }).close();
      return port;
    } catch (error) {
      if (!(error instanceof Deno.errors.AddrInUse) || left === 0) throw error;
    }
  }
}

/**
 * Starts a server and waits until `GET ready` answers 200, for a minute. `args` makes its arguments from the address
 * to listen on, as `127.0.0.1:1234`. Throws with the server's output if it does not start.
 */
export async function startServer(
  command: string,
  args: (address: string) => string[],
  ready: string,
): Promise<Server> {
  const address = `127.0.0.1:${freePort()}`;
  const child = new Deno.Command(command, { args: args(address), stdin: "null", stdout: "null", stderr: "piped" })
    .spawn();
  const said = new Response(child.stderr).text();
  let ended = false;
  const status = child.status.then((status) => (ended = true, status));
  const server: Server = {
    url: `http://${address}`,
    async [Symbol.asyncDispose]() {
      if (!ended) child.kill("SIGTERM");
      await status;
      await said;
    },
  };
  for (const end = Date.now() + 60_000; Date.now() < end && !ended;) {
    const response = await fetch(server.url + ready).catch(() => undefined);
    await response?.body?.cancel();
    if (response?.ok) return server;
    await delay(50);
  }
  await server[Symbol.asyncDispose]();
  throw new Error(`Cannot start ${command}: it did not answer at ${ready}\n${await said}`);
}

/** Polls until `fn` gives something; fails after two minutes, which a slow machine may well take. */
export async function eventually<T>(what: string, fn: () => T | undefined | Promise<T | undefined>): Promise<T> {
  for (const end = Date.now() + 120_000; Date.now() < end;) {
    const found = await fn();
    if (found !== undefined) return found;
    await delay(100);
  }
  throw new Error(`Waited two minutes in vain: ${what}`);
}
