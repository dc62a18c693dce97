/**
 * Reads a report that somebody saved: what the program itself wrote with `--json`, and nothing that only looks like it.
 *
 * @module
 */

import { z } from "zod";
import { decodeText } from "../../lib/decode_text.ts";
import { messageOf } from "../../lib/message_of.ts";
import { parseJson } from "../../lib/parse_json.ts";
import type { DriftReport } from "../report.ts";
import { UsageError } from "../usage_error.ts";

const text = z.string();
const origin = z.enum(["outside", "pending", "both"]);
const attribute = z.looseObject({ path: text, sensitive: z.boolean(), origin, isNew: z.boolean(), firstSeenAt: text });
const action = z.enum(["create", "update", "delete", "replace", "forget", "import", "move", "read"]);
const identity = z.looseObject({ kind: text, id: text, node: text.optional() });
const trace = z.looseObject({
  at: text,
  user: text,
  what: text,
  source: z.enum(["task", "log"]),
  byTerraform: z.boolean(),
});
const change = z.looseObject({
  ...{ address: text, type: text, provider: text, action, origin, firstSeenAt: text },
  ...{ isNew: z.boolean(), confirmed: z.boolean(), attributes: z.array(attribute) },
  label: text.optional(),
  note: text.optional(),
  identity: identity.optional(),
  traces: z.array(trace).optional(),
});
const environment = z.looseObject({
  ...{ name: text, dir: text, status: z.enum(["ok", "drift", "error"]), startedAt: text, since: text },
  changes: z.array(change),
  providers: z.record(text, text),
  error: z.looseObject({ class: text, summary: text, detail: text, cure: text }).optional(),
});
const guest = z.looseObject({
  ...{ id: z.number(), type: text, node: text, status: text, tags: z.array(text), template: z.boolean() },
  ...{ firstSeenAt: text, isNew: z.boolean(), name: text.optional() },
});
const report = z.looseObject({
  schemaVersion: z.literal(1),
  startedAt: text,
  environments: z.array(environment),
  proxmox: z.array(z.looseObject({ cluster: text, unmanaged: z.array(guest) })).optional(),
});

/**
 * Reads a report from a file, or with `-` from the standard input.
 *
 * @throws {UsageError} where it cannot be read, or is no report
 */
export async function readReport(file: string): Promise<DriftReport> {
  const name = file === "-" ? "the standard input" : `"${file}"`;
  let data: unknown;
  try {
    data = parseJson(
      decodeText(await (file === "-" ? new Response(Deno.stdin.readable).bytes() : Deno.readFile(file))),
    );
  } catch (error) {
    throw new UsageError(`Cannot read the report ${name}: ${messageOf(error)}`);
  }
  const result = report.safeParse(data);
  // What is checked is what is used; the rest is as the program wrote it.
  if (result.success) return data as DriftReport;
  const [issue] = result.error.issues;
  const place = issue!.path.length === 0 ? "it" : `"${issue!.path.join(".")}"`;
  throw new UsageError(
    `Cannot read the report ${name}: it is not what "pve-drift --json" writes: ${place}: ${issue!.message}`,
  );
}
