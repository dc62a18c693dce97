/** The notation in which tests/fixtures/*\/expect.tsv say the right verdict on a recorded plan. */

import { assert, assertEquals } from "@std/assert";
import type { Change } from "../../drift/report.ts";
import type { Verdict } from "../../drift/verdict/verdict.ts";

/** A row of an expect.tsv: name, status, changes, and whatever else a folder says. */
export type ExpectedRow = [name: string, status: string, changes: string, ...more: string[]];

/** The rows of an expect.tsv. */
export async function expectedRows(file: URL): Promise<ExpectedRow[]> {
  const text = await Deno.readTextFile(file);
  return text.split("\n").filter((line) => line !== "" && !line.startsWith("#"))
    .map((line) => line.split("\t") as ExpectedRow);
}

/** A change as such a row has it. */
export function written(change: Change): string {
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

/** A verdict's changes as a row has them: values that it does not say are left out of both. */
function asWanted(found: string, wanted: string[]): string {
  const vague = found.replace(/=[^;]*→[^;]*/g, "=?→?");
  return wanted.includes(vague) ? vague : found;
}

/** Fails where a verdict is not what its row says. */
export function assertExpected(verdict: Pick<Verdict, "status" | "failure" | "changes">, row: ExpectedRow): void {
  const [, status, changes] = row;
  const alternatives = status.split("/").map((one) => one.replace(/^(?!error|ok|drift)/, "error:"));
  const said = verdict.failure ? `error:${verdict.failure.class}` : verdict.status;
  assert(alternatives.includes(said), `${said}, wanted ${status}: ${JSON.stringify(verdict.failure)}`);
  const wanted = changes === "-" ? [] : changes.split(/,(?=[^,]*\|)/);
  const found = verdict.changes.map((change) => asWanted(written(change), wanted)).sort();
  const optional = wanted.filter((one) => one.startsWith("?")).map((one) => one.slice(1));
  const required = wanted.filter((one) => !one.startsWith("?")).sort();
  assertEquals(found.filter((one) => !optional.includes(one)), required);
}
