/**
 * A sink for ntfy (https://ntfy.sh or your own server). It sends one notification about what is new and what is
 * resolved, and nothing if nothing changed. If it cannot send, the next run sends it.
 *
 *     { "use": "file:./ntfy.ts", "server": "https://ntfy.example.org", "topic": "drift", "tokenEnv": "NTFY_TOKEN",
 *       "allow": ["net=ntfy.example.org", "env=NTFY_TOKEN"] }
 *
 * @module
 */

import type { Change, DriftReport, EnvironmentReport, SinkModule } from "./pve_drift_sink.d.ts";

interface Options {
  /** Address of the server, without a topic. */
  server: string;
  topic: string;
  /** Name of the variable that holds an access token; without it, the sink does not log in. */
  tokenEnv?: string;
}

/** What the readers already know: the findings of each environment. */
type Told = Record<string, string[]>;

/** Length in bytes of UTF-8. ntfy turns a longer message into a file, or refuses it. */
const LONGEST_MESSAGE = 4096;

function parse(input: unknown): Options {
  const { server, topic, tokenEnv, ...rest } = input as Record<string, unknown>;
  for (const name in rest) throw new Error(`unknown option "${name}": it takes "server", "topic" and "tokenEnv"`);
  if (typeof server !== "string" || !/^https?:\/\/[^/?#]+\/?$/.test(server)) {
    throw new Error(`"server" must be an address like "https://ntfy.sh", got ${JSON.stringify(server)}`);
  }
  if (typeof topic !== "string" || !/^[-_A-Za-z0-9]{1,64}$/.test(topic)) {
    throw new Error(`"topic" must be letters, digits, dashes and underscores, got ${JSON.stringify(topic)}`);
  }
  if (tokenEnv === undefined) return { server, topic };
  if (typeof tokenEnv !== "string") throw new Error('"tokenEnv" must be the name of a variable');
  return { server, topic, tokenEnv };
}

/** The findings of an environment, each with a key that stays the same from run to run. */
function findings({ error, changes }: EnvironmentReport): Map<string, string> {
  const found = new Map(
    changes.map((change) => [keyOf(change), `${change.label ?? change.address}: ${change.action}`]),
  );
  return error ? new Map([[`error ${error.class}`, `${error.summary} (${error.class})`], ...found]) : found;
}

function keyOf({ action, address, attributes }: Change): string {
  return [action, address, ...attributes.map(({ path }) => path).sort()].join(" ");
}

/** The notification, and what its readers know once they have it. */
function news(report: DriftReport, told: Told): { lines: string[]; names: string[]; after: Told } {
  const lines: string[] = [], names: string[] = [];
  const after = Object.fromEntries(Object.entries(told).filter(([name]) => report.configured.includes(name)));
  for (const environment of report.environments) {
    const { name, status, skipped } = environment;
    if (skipped) continue;
    const known = told[name] ?? [], found = findings(environment);
    const fresh = [...found].filter(([key]) => !known.includes(key)).map(([, text]) => `+ ${text}`);
    // A failed check did not see everything, so what it lacks is not resolved.
    const missing = known.filter((key) => !found.has(key));
    const gone = status === "error" ? missing.filter((key) => key.startsWith("error ")) : missing;
    after[name] = [...found.keys(), ...missing.filter((key) => !gone.includes(key))];
    if (fresh.length + gone.length === 0) continue;
    names.push(name);
    lines.push(`${name}: ${status}`, ...fresh, ...gone.map((key) => `- resolved: ${key}`));
  }
  return { lines, names, after };
}

/** As many whole lines as fit in a message. */
function fitting(lines: string[]): string {
  const bytes = (text: string) => new TextEncoder().encode(text).length;
  for (let count = lines.length; count > 0; count--) {
    const left = lines.length - count;
    const text = [...lines.slice(0, count), ...(left > 0 ? [`(${left} more lines)`] : [])].join("\n");
    if (bytes(text) <= LONGEST_MESSAGE) return text;
  }
  return `${lines.length} lines that are too long for a notice`;
}

export default {
  apiVersion: 1,
  name: "ntfy",
  dryRun: true,
  options: { parse },

  create({ server, topic, tokenEnv }, { dryRun, stateDir, log }) {
    const file = `${stateDir}/told.json`;
    const readTold = async (): Promise<Told> => {
      try {
        return JSON.parse(await Deno.readTextFile(file));
      } catch (error) {
        if (!(error instanceof Deno.errors.NotFound)) log.warn(`Tells everything again: ${(error as Error).message}`);
        return {};
      }
    };

    return {
      async deliver(report, signal) {
        const { lines, names, after } = news(report, await readTold());
        const notice = {
          topic,
          title: `${report.test ? "Test: " : ""}Drift on ${report.host}: ${names.join(", ")}`.slice(0, 200),
          message: fitting(lines),
          priority: report.status === "error" ? 4 : report.status === "drift" ? 3 : 2,
          tags: [report.status === "ok" ? "white_check_mark" : "warning"],
        };
        if (dryRun) return log.info(names.length > 0 ? `would send to ${topic}: ${notice.title}` : "nothing to send");
        if (names.length > 0) await send(notice, signal);
        await Deno.writeTextFile(`${file}.new`, JSON.stringify(after));
        await Deno.rename(`${file}.new`, file);
      },

      async probe(signal) {
        const response = await fetch(new URL("/v1/health", server), { signal });
        const health = await response.json().catch(() => undefined) as { healthy?: boolean } | undefined;
        if (!health?.healthy) throw new Error(`${server} does not answer as an ntfy server: see "server"`);
        return { summary: `sends to topic "${topic}" of ${server}` };
      },
    };

    async function send(notice: unknown, signal: AbortSignal): Promise<void> {
      const token = tokenEnv === undefined ? undefined : Deno.env.get(tokenEnv)?.trim();
      if (tokenEnv !== undefined && !token) throw new Error(`No access token: set the variable ${tokenEnv}`);
      let response: Response;
      try {
        response = await fetch(server, {
          method: "POST",
          headers: { "Content-Type": "application/json", ...(token ? { Authorization: `Bearer ${token}` } : {}) },
          body: JSON.stringify(notice),
          signal,
        });
      } catch (error) {
        // A network failure may pass soon; a missing permission will not.
        throw error instanceof TypeError ? Object.assign(error, { retryable: true }) : error;
      }
      const answer = await response.text();
      if (response.ok) return;
      const error = new Error(`ntfy answered ${response.status}: ${answer.slice(0, 200)}`);
      throw Object.assign(error, { retryable: response.status === 429 || response.status >= 500 });
    }
  },
} satisfies SinkModule<Options>;
