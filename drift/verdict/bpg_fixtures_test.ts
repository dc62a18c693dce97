/** Every recorded plan of the real Proxmox provider gets the verdict that expect.tsv says. */

import { noiseFinder } from "../providers/noise.ts";
import { providers } from "../providers/registry.ts";
import { assertFalse } from "@std/assert";
import { assertExpected, expectedRows } from "../../tests/support/recorded_verdicts.ts";
import type { Messages } from "../terraform/stream.ts";
import { Secrets } from "../../lib/secrets.ts";
import type { Diagnostic } from "../report.ts";
import type { Evidence } from "./evidence.ts";
import { judge, type Verdict } from "./verdict.ts";

const FIXTURES = new URL("../../tests/fixtures/", import.meta.url);

const errors = new Map<string, { name: string; exitCode: number; diagnostics: Diagnostic[]; stderr: string }>(
  (await Deno.readTextFile(new URL("bpg/errors.jsonl", FIXTURES))).trim().split("\n").map((line) => {
    const row = JSON.parse(line);
    return [row.name, row];
  }),
);

async function verdictOf(folder: string, name: string): Promise<Verdict> {
  const evidence: Evidence = {};
  const text = await Deno.readTextFile(new URL(`${folder}/${name}.json`, FIXTURES)).catch(() => undefined);
  if (text !== undefined) evidence.shown = { json: JSON.parse(text) };
  const row = errors.get(name);
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
    } as unknown as Messages;
  }
  return judge(evidence, {
    secrets: new Secrets(),
    recall: () => ({ isNew: true, firstSeenAt: "2026-01-01T00:00:00.000Z" }),
    accepts: () => false,
    providers,
    noise: noiseFinder({ noise: true, versions: { "registry.terraform.io/bpg/proxmox": "0.111.1" } }),
  });
}

for (const folder of ["bpg", "bpg2"]) {
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
