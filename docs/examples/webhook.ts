/**
 * A sink that posts every report as JSON to a URL, signed as Standard Webhooks (https://www.standardwebhooks.com)
 * describes: the receiver can verify that it comes from you, is complete, and is not a replay.
 *
 *     { "use": "file:./webhook.ts", "url": "https://hooks.example.org/drift", "secretFile": "/etc/pve-drift/webhook-secret",
 *       "allow": ["net=hooks.example.org", "read=/etc/pve-drift/webhook-secret"] }
 *
 * A secret is "whsec_" and 24 to 64 random bytes in base64: echo "whsec_$(openssl rand -base64 32)"
 *
 * @module
 */

import type { SinkModule } from "./pve_drift_sink.d.ts";

interface Options {
  url: string;
  /** Absolute path of the file that holds the secret. */
  secretFile: string;
}

function parse(input: unknown): Options {
  const { url, secretFile, ...rest } = input as Record<string, unknown>;
  for (const name in rest) throw new Error(`unknown option "${name}": it takes "url" and "secretFile"`);
  if (typeof url !== "string" || !/^https?:$/.test(URL.parse(url)?.protocol ?? "")) {
    throw new Error('"url" must be the address to post to, as "https://hooks.example.org/drift"');
  }
  if (typeof secretFile !== "string" || !secretFile.startsWith("/")) {
    throw new Error(`"secretFile" must be an absolute path, got ${JSON.stringify(secretFile)}`);
  }
  return { url, secretFile };
}

/** Reads the key from the secret file. Error messages do not show the file's content. */
async function readKey(file: string): Promise<CryptoKey> {
  const [, base64] = /^whsec_([A-Za-z0-9+/]+=*)$/.exec((await Deno.readTextFile(file)).trim()) ?? [];
  const bytes = base64 === undefined ? new Uint8Array() : Uint8Array.from(atob(base64), (char) => char.charCodeAt(0));
  if (bytes.length < 24 || bytes.length > 64) {
    throw new Error(`"${file}" holds no secret: wanted "whsec_" and 24 to 64 bytes in base64`);
  }
  return await crypto.subtle.importKey("raw", bytes, { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
}

async function signature(key: CryptoKey, content: string): Promise<string> {
  const bytes = new Uint8Array(await crypto.subtle.sign("HMAC", key, new TextEncoder().encode(content)));
  return `v1,${btoa(String.fromCharCode(...bytes))}`;
}

export default {
  apiVersion: 1,
  name: "webhook",
  dryRun: true,
  options: { parse },

  async create({ url, secretFile }, { dryRun, log }) {
    // Read before anything is checked, so that a missing secret is reported before the check, not after it.
    const key = await readKey(secretFile);
    const { host } = new URL(url);
    return {
      async deliver(report, signal) {
        const body = JSON.stringify({ type: "pve-drift.report", timestamp: report.finishedAt, data: report });
        if (dryRun) return log.info(`would post ${body.length} characters to ${host}`);
        // The same for each attempt, so that the receiver can recognize a message that it already has.
        const id = `drift_${report.runId}`;
        const timestamp = String(Math.floor(Date.now() / 1000));
        let response: Response;
        try {
          response = await fetch(url, {
            method: "POST",
            headers: {
              "Content-Type": "application/json",
              "webhook-id": id,
              "webhook-timestamp": timestamp,
              "webhook-signature": await signature(key, `${id}.${timestamp}.${body}`),
            },
            body,
            redirect: "manual",
            signal,
          });
        } catch (error) {
          // A network failure may pass soon; a missing permission will not.
          throw error instanceof TypeError ? Object.assign(error, { retryable: true }) : error;
        }
        await response.body?.cancel();
        if (response.ok) return;
        // Path and query may hold secrets: the host is enough.
        const error = new Error(`${host} answered ${response.status} ${response.statusText}`.trim());
        throw Object.assign(error, { retryable: response.status === 429 || response.status >= 500 });
      },

      probe: () => ({ summary: `posts to ${host}, signed` }),
    };
  },
} satisfies SinkModule<Options>;
