/**
 * One sign of life: a GET request, of which no error names the address.
 *
 * @module
 */

/** What is told. */
export interface Sign {
  /** Whether all went well. */
  isWell: boolean;
  /** In a few words; only a switch that takes a status is told. */
  message: string;
}

/** How a switch is told that something failed: by a path behind its address, or by the address's query. */
export type FailStyle = "path" | "status";

/** How long the answer may take, in milliseconds. */
const REQUEST_MS = 10_000;
const MOST_REDIRECTS = 3;
const LONGEST_MESSAGE = 200;

/** The address that says it: with `/fail` behind its path, or with `status` and `msg` in its query. */
export function addressOf(url: URL, { isWell, message }: Sign, style: FailStyle): URL {
  const told = new URL(url);
  if (style === "status") {
    told.searchParams.set("status", isWell ? "up" : "down");
    told.searchParams.set("msg", message.slice(0, LONGEST_MESSAGE));
  } else if (!isWell) {
    told.pathname = `${told.pathname.replace(/\/+$/, "")}/fail`;
  }
  return told;
}

/**
 * Asks for an address, and for where the same host redirects it to.
 *
 * @throws {Error} that names the host alone; `retryable` where it may go well later
 */
export async function ping(url: URL, signal: AbortSignal, requestMs = REQUEST_MS): Promise<void> {
  let asked = url;
  for (let redirects = 0; redirects <= MOST_REDIRECTS; redirects++) {
    const { status, location } = await ask(asked, signal, requestMs);
    if (status >= 200 && status < 300) return;
    if (status < 300 || status >= 400 || location === undefined || !URL.canParse(location, asked)) {
      throw failure(`${url.host} answered ${status}`, status === 429 || status >= 500);
    }
    const next = new URL(location, asked);
    if (next.origin !== asked.origin) {
      throw failure(`${url.host} redirects to ${next.origin}: put in the address there`);
    }
    asked = next;
  }
  throw failure(`${url.host} redirects again and again`);
}

async function ask(
  url: URL,
  signal: AbortSignal,
  requestMs: number,
): Promise<{ status: number; location: string | undefined }> {
  const limit = AbortSignal.timeout(requestMs);
  try {
    const response = await fetch(url, { redirect: "manual", signal: AbortSignal.any([signal, limit]) });
    await response.body?.cancel();
    return { status: response.status, location: response.headers.get("location") ?? undefined };
  } catch (error) {
    if (signal.aborted) throw failure(`the deadline passed before ${url.host} answered`);
    const why = limit.aborted ? `within ${requestMs / 1000} s` : `(${reasonOf(error, url)})`;
    throw failure(`no answer from ${url.host} ${why}`, !(error instanceof Deno.errors.NotCapable));
  }
}

/** What went wrong, without the address, which fetch names in its errors but for user, password and fragment. */
function reasonOf(error: unknown, url: URL): string {
  const named = Object.assign(new URL(url), { username: "", password: "", hash: "" });
  const { message, cause } = error as { message?: string; cause?: { message?: string } };
  return (cause?.message ?? message ?? "connection lost").replaceAll(named.href, "its address");
}

function failure(message: string, retryable = false): Error {
  return Object.assign(new Error(message), { retryable });
}
