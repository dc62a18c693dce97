/**
 * The recorded checks of Telmate/proxmox: folders for its versions, or for thirty runs with one tool. Message streams, and
 * the plans as `terraform show -json` writes them, without `planned_values`.
 *
 * @module
 */

import { noiseFinder } from "../../drift/providers/noise.ts";
import { providers } from "../../drift/providers/registry.ts";
import { parseShown } from "../../drift/terraform/shown.ts";
import { parseMessages } from "../../drift/terraform/stream.ts";
import type { Evidence } from "../../drift/verdict/evidence.ts";
import { judge, type Verdict } from "../../drift/verdict/verdict.ts";
import { Secrets } from "../../lib/secrets.ts";

/** What a check left behind, and what its plan does not tell. */
export interface RecordedCheck {
  /** Stream, exit code and, where there is one, the plan. */
  evidence: Evidence;
  /** The provider's source address. */
  source: string;
  /** The provider's version. */
  version: string;
}

/** All recorded checks below a folder, by `FOLDER/NAME`. */
export async function recordedChecks(fixtures: URL): Promise<Map<string, RecordedCheck>> {
  const checks = new Map<string, RecordedCheck>();
  for await (const { name: folder, isDirectory } of Deno.readDir(fixtures)) {
    if (!isDirectory) continue;
    const isTofu = folder.startsWith("tofu");
    const streams = await Deno.readTextFile(new URL(`${folder}/streams.jsonl`, fixtures));
    for (const line of streams.trim().split("\n")) {
      const { name, exitCode, stderr, messages } = JSON.parse(line);
      const shown = await Deno.readTextFile(new URL(`${folder}/${name}.json`, fixtures)).catch(() => undefined);
      checks.set(`${folder}/${name}`, {
        evidence: {
          plan: { exitCode, stderr },
          messages: parseMessages(messages.map((one: unknown) => JSON.stringify(one)).join("\n")),
          ...(shown === undefined ? {} : { shown: parseShown(shown, name) }),
        },
        source: `registry.${isTofu ? "opentofu.org" : "terraform.io"}/telmate/proxmox`,
        version: folder.replace("tofu-", ""),
      });
    }
  }
  return checks;
}

/** The verdict on a recorded check, with the whole catalogue of noise. */
export function judged({ evidence, source, version }: RecordedCheck): Verdict {
  return judge(evidence, {
    secrets: new Secrets(),
    recall: () => ({ isNew: true, firstSeenAt: "2026-01-01T00:00:00.000Z" }),
    accepts: () => false,
    providers,
    noise: noiseFinder({ noise: true, versions: { [source]: version } }),
  });
}
