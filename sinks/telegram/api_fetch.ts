/**
 * The fetch that reaches the Bot API: through a proxy where one is given, and nobody else's answer is taken for its own.
 *
 * @module
 */

/** A gateway or another server answered in the Bot API's place. */
export class NoBotApi extends Error {
  /** Its HTTP status. */
  constructor(readonly status: number) {
    super(`HTTP ${status}, and no answer of the Bot API`);
  }
}

/** A fetch, and what is known of the other side from its answers. */
export interface ApiFetch extends Disposable {
  /** Rejects with {@linkcode NoBotApi} where another server answers. */
  fetch: typeof fetch;
  /** What Telegram's clock said last, in milliseconds since 1970; absent before the first answer. */
  readonly theirTime: number | undefined;
}

/**
 * Makes the fetch.
 *
 * @param proxy URL of the proxy; without one, that of the environment (`HTTPS_PROXY`) holds.
 * @throws {TypeError} where the proxy cannot be used
 */
export function openApiFetch(proxy: string | undefined): ApiFetch {
  const client = proxy === undefined ? undefined : Deno.createHttpClient({ proxy: proxyOf(proxy) });
  let theirTime: number | undefined;
  return {
    async fetch(url, init) {
      const options: RequestInit & { client?: Deno.HttpClient } = { ...init, redirect: "manual" };
      if (client) options.client = client;
      const response = await fetch(url, options);
      const answer = parsed(await response.text());
      if (typeof answer?.ok !== "boolean") throw new NoBotApi(response.status);
      const date = Date.parse(response.headers.get("date") ?? "");
      if (!Number.isNaN(date)) theirTime = date;
      return Response.json(answer, { status: response.status });
    },
    get theirTime() {
      return theirTime;
    },
    [Symbol.dispose]() {
      client?.close();
    },
  };
}

function parsed(text: string): { ok?: unknown } | null {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function proxyOf(url: string): Deno.Proxy {
  const { protocol } = new URL(url);
  const transport = protocol === "https:" ? "https" : protocol.startsWith("socks5") ? "socks5" : "http";
  return { transport, url };
}
