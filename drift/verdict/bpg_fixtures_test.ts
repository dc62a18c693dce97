/** Every recorded plan of the real Proxmox provider gets the verdict that expect.tsv says. */

import { noiseFinder } from "../providers/noise.ts";
import { providers } from "../providers/registry.ts";
import { assert, assertEquals } from "@std/assert";
import type { Messages } from "../terraform/stream.ts";
import { Secrets } from "../../lib/secrets.ts";
import type { Change, Diagnostic } from "../report.ts";
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

/** The notation of expect.tsv. */
function written(change: Change): string {
  const value = (one: unknown) =>
    JSON.stringify(one).replaceAll('","', '", "').replaceAll(",", "%2C").replaceAll(";", "%3B").replaceAll("|", "%7C");
  const isElement = (path: string) => /\]$/.test(path);
  const shown = change.attributes.map(({ path, expected, actual }) =>
    isElement(path) && (expected === null || actual === null)
      ? `${path}=${expected === null ? "absent" : "present"}→${actual === null ? "absent" : "present"}`
      : `${path}=${value(expected)}→${value(actual)}`
  ).sort();
  return `${change.address}|${change.action}|${change.origin}|${shown.join(";")}`;
}

/** A verdict's changes as expect.tsv has them: values that it does not say are left out of both. */
function asWanted(found: string, wanted: string[]): string {
  const vague = found.replace(/=[^;]*→[^;]*/g, "=?→?");
  return wanted.includes(vague) ? vague : found;
}

async function rowsOf(folder: string) {
  const text = await Deno.readTextFile(new URL(`${folder}/expect.tsv`, FIXTURES));
  return text.split("\n").filter((line) => line !== "" && !line.startsWith("#"))
    .map((line) => [folder, ...line.split("\t")] as [string, string, string, string]);
}

for (const [folder, name, status, changes] of [...await rowsOf("bpg"), ...await rowsOf("bpg2")]) {
  Deno.test(`judge() gives the right verdict on the recorded plan ${name}`, async () => {
    const verdict = await verdictOf(folder, name);
    const alternatives = status.split("/").map((one) => one.replace(/^(?!error|ok|drift)/, "error:"));
    const said = verdict.failure ? `error:${verdict.failure.class}` : verdict.status;
    assert(alternatives.includes(said), `${said}, wanted ${status}: ${JSON.stringify(verdict.failure)}`);
    const wanted = changes === "-" ? [] : changes.split(/,(?=[^,]*\|)/);
    const found = verdict.changes.map((change) => asWanted(written(change), wanted)).sort();
    const optional = wanted.filter((one) => one.startsWith("?")).map((one) => one.slice(1));
    const required = wanted.filter((one) => !one.startsWith("?")).sort();
    assertEquals(found.filter((one) => !optional.includes(one)), required);
    assert(
      JSON.stringify(verdict).search(/aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee/) < 0,
      "the API token is in the verdict",
    );
  });
}
