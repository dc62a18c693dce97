/**
 * my-sink: posts one line of text for each environment that needs attention.
 *
 * In pve-drift.json:
 *     { "use": "file:./template.ts", "url": "https://example.org/drift", "tokenEnv": "MY_SINK_TOKEN",
 *       "allow": ["net=example.org", "env=MY_SINK_TOKEN"] }
 *
 * @module
 */

import type { DriftReport, SinkModule } from "./pve_drift_sink.d.ts";

interface Options {
  url: string;
  /** Name of the variable that holds the secret, which must not be in the configuration. */
  tokenEnv: string;
}

/** The text about a report; empty if there is nothing to say. */
export function textOf(report: DriftReport): string {
  return report.environments
    .filter(({ status, skipped }) => status !== "ok" && !skipped)
    .map(({ name, status, error, resourcesChanged }) =>
      `${name}: ${status}, ${error ? error.summary : `${resourcesChanged} changed`}`
    )
    .join("\n");
}

const sink: SinkModule<Options> = {
  apiVersion: 1,
  name: "my-sink",
  dryRun: true,

  options: {
    // Runs before anything is checked. The message names the wrong option.
    parse(input) {
      const { url, tokenEnv, ...rest } = input as Record<string, unknown>;
      for (const name in rest) throw new Error(`unknown option "${name}": it takes "url" and "tokenEnv"`);
      if (typeof url !== "string" || !URL.canParse(url)) {
        throw new Error(`"url" must be an address, got ${JSON.stringify(url)}`);
      }
      if (typeof tokenEnv !== "string") throw new Error('"tokenEnv" must be the name of a variable');
      return { url, tokenEnv };
    },
  },

  create({ url, tokenEnv }, { dryRun, log }) {
    return {
      // If this returns, the report was delivered; if it throws, the message is shown as the reason.
      async deliver(report, signal) {
        const text = textOf(report);
        if (text === "") return;
        if (dryRun) return log.info(`would post: ${text}`);
        const response = await fetch(url, {
          method: "POST",
          headers: { Authorization: `Bearer ${Deno.env.get(tokenEnv)}` },
          body: text,
          signal, // aborts at the sink's deadline
        });
        await response.body?.cancel();
        if (response.ok) return;
        const error = new Error(`${new URL(url).host} answered ${response.status} ${response.statusText}`);
        // Tried again within the deadline, since it may succeed later.
        throw Object.assign(error, { retryable: response.status === 429 || response.status >= 500 });
      },
    };
  },
};

export default sink;
