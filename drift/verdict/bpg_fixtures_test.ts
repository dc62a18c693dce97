/** Every recorded plan of the real Proxmox provider gets the verdict that expect.tsv says. */

import { noiseFinder } from "../providers/noise.ts";
import { providers } from "../providers/registry.ts";
import { assertFalse } from "@std/assert";
import { assertExpected, expectedRows } from "../../tests/support/recorded_verdicts.ts";
import type { Plan } from "../terraform/plan.ts";
import { parsePlan } from "../terraform/plan_text.ts";
import type { Messages } from "../terraform/stream.ts";
import { Secrets } from "../../lib/secrets.ts";
import type { Diagnostic } from "../report.ts";
import type { Evidence } from "./evidence.ts";
import { judge, type Verdict } from "./verdict.ts";

const FIXTURES = new URL("../../tests/fixtures/", import.meta.url);

/** The folders of recorded plans, each with the version of the provider that its checks are told of. */
const VERSIONS = { bpg: "0.111.1", bpg2: "0.111.1", bpg_newest: "0.112.0" };
type Folder = keyof typeof VERSIONS;

/** What else was said: in an error beside no plan, or as a warning beside one. */
const said = new Map<string, { exitCode: number; diagnostics: Diagnostic[] }>(
  (await Promise.all(
    ["bpg", "bpg_newest"].map((folder) => Deno.readTextFile(new URL(`${folder}/errors.jsonl`, FIXTURES))),
  )).flatMap((text) => text.trim().split("\n")).map((line) => {
    const row = JSON.parse(line);
    return [row.name, row];
  }),
);

/** What the stream would have counted. */
function summaryOf(plan: Plan) {
  const count = (action: string) =>
    (plan.resource_changes ?? []).filter(({ change }) => change.actions.join() === action).length;
  return { add: count("create"), change: count("update"), remove: count("delete"), operation: "plan" };
}

async function verdictOf(folder: Folder, name: string): Promise<Verdict> {
  const evidence: Evidence = {};
  const text = await Deno.readTextFile(new URL(`${folder}/${name}.json`, FIXTURES)).catch(() => undefined);
  const json = text ? parsePlan(text) as Plan : undefined;
  if (json) evidence.shown = { json };
  const row = said.get(name);
  if (row) {
    evidence.plan = { exitCode: row.exitCode, stderr: "" };
    evidence.messages = {
      tool: "terraform",
      version: "1.11.4",
      diagnostics: row.diagnostics,
      drifted: 0,
      planned: 0,
      outputs: 0,
      refreshed: new Map(),
      unparsable: [],
      ...(json ? { summary: summaryOf(json) } : {}),
    } as unknown as Messages;
  }
  return judge(evidence, {
    secrets: new Secrets(),
    recall: () => ({ isNew: true, firstSeenAt: "2026-01-01T00:00:00.000Z" }),
    accepts: () => false,
    providers,
    noise: noiseFinder({
      noise: true,
      versions: Object.fromEntries(
        ["terraform.io", "opentofu.org"].map((host) => [`registry.${host}/bpg/proxmox`, VERSIONS[folder]]),
      ),
    }),
  });
}

for (const folder of Object.keys(VERSIONS) as Folder[]) {
  for (const row of await expectedRows(new URL(`${folder}/expect.tsv`, FIXTURES))) {
    Deno.test(`judge() gives the right verdict on the recorded plan ${row[0]}`, async () => {
      const verdict = await verdictOf(folder, row[0]);
      assertExpected(verdict, row);
      assertFalse(
        JSON.stringify(verdict).includes("aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee"),
        "the API token is in the verdict",
      );
    });
  }
}
