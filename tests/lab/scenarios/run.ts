/**
 * Runs scenarios: change, what plain terraform says, what the check says, mend, what the check says then.
 *
 * @module
 */

import { assert, assertEquals, assertMatch } from "@std/assert";
import type { Change, EnvironmentReport } from "../../../drift/report.ts";
import { ENVIRONMENTS, type Lab, startLab } from "../lab.ts";
import type { Expected, ExpectedChange, Scenario } from "./scenario.ts";

/** A lab, applied, found in order, and saved as "base". */
export async function appliedLab(bin: string): Promise<Lab> {
  const lab = await startLab(bin);
  try {
    await lab.init();
    await lab.apply();
    const { code, env } = await lab.check();
    assertEquals(code, 0, JSON.stringify(env, undefined, 1));
    await lab.save("base");
    return lab;
  } catch (error) {
    await lab[Symbol.asyncDispose]();
    throw error;
  }
}

/** Runs one scenario on an {@linkcode appliedLab}. Throws where anything is not as it must be. */
export async function runScenario(lab: Lab, scenario: Scenario): Promise<void> {
  await lab.load("base");
  await lab.configure(scenario.config ?? {});
  await scenario.change(lab);
  if (scenario.plain) {
    const { code, text } = await lab.plan(scenario.env);
    assert(
      flat(text).includes(flat(scenario.plain.says)),
      `plain terraform does not say "${scenario.plain.says}":\n${text}`,
    );
    assertEquals(code, scenario.plain.code, `plain terraform:\n${text}`);
  }
  await checked(lab, scenario.env, scenario.expect, "after the change");
  if (scenario.mend === undefined || scenario.mend === "apply") await lab.apply([scenario.env]);
  else await scenario.mend(lab);
  await checked(lab, scenario.env, scenario.after ?? { status: "ok" }, "after mending");
}

/** Checks an environment, and compares the report, the metrics and what the check left behind. */
async function checked(lab: Lab, name: string, expected: Expected, when: string): Promise<EnvironmentReport> {
  const before = await lab.listing(name);
  const { code, env } = await lab.check([name]);
  const report = env[name]!;
  const told = `${when}: ${JSON.stringify({ ...report, observed: [] }, undefined, 1)}`;
  assertEquals(report.status, expected.status, told);
  if (expected.status === "error") {
    assertEquals(report.error?.class, expected.class, told);
    assertMatch(`${report.error?.summary}\n${report.error?.detail}`, expected.says, told);
    assert(report.error!.cure.length > 20, `no cure ${told}`);
  }
  compare(report.changes, expected.changes ?? [], told);
  if (expected.observed) {
    const seen = report.observed.flatMap((one) => one.attributes.map(({ path }) => `${one.address} ${path}`));
    for (const one of expected.observed) assert(seen.includes(one), `not observed: ${one}; but ${seen} ${told}`);
  }
  if (expected.warning) {
    const said = report.warnings.map((one) => `${one.summary}\n${one.detail}`).join("\n");
    assertMatch(said, expected.warning, told);
  }
  assertEquals(code, exitCode(report, expected), told);
  await metricsAgree(lab, name, report);
  // The check leaves no lock, and nothing in the estate's folders.
  assertEquals(await lab.listing(name), before, "the check wrote into the environment's folder");
  return report;
}

function exitCode(report: EnvironmentReport, expected: Expected): number {
  if (expected.status !== "error") return expected.status === "ok" ? 0 : 2;
  const seen = expected.class !== "suspect" &&
    report.changes.some((one) => !(one.action === "create" && one.origin === "outside"));
  return seen ? 3 : 1;
}

function compare(actual: Change[], expected: ExpectedChange[], told: string) {
  const order = (a: { address: string }, b: { address: string }) => a.address < b.address ? -1 : 1;
  assertEquals(
    actual.map(({ address, action, origin, confirmed }) => ({ address, action, origin, confirmed })).sort(order),
    expected.map(({ address, action, origin, confirmed = true }) => ({ address, action, origin, confirmed })).sort(
      order,
    ),
    told,
  );
  for (const one of expected) {
    const change = actual.find(({ address }) => address === one.address)!;
    const listed = Object.fromEntries(
      change.attributes.filter(({ path }) => !one.among || path in one.attributes).map((leaf) => [leaf.path, {
        origin: leaf.origin,
        expected: like(leaf.expected, one.attributes[leaf.path]?.[0]),
        actual: like(leaf.actual, one.attributes[leaf.path]?.[1]),
      }]),
    );
    const wanted = Object.fromEntries(
      Object.entries(one.attributes).map(([path, [expected, actual, origin = one.origin]]) => [
        path,
        { origin, expected, actual },
      ]),
    );
    assertEquals(listed, wanted, told);
    if (one.note) assertMatch(change.note ?? "", one.note, told);
    else assertEquals(change.note, undefined, told);
    if (one.causedBy) assertEquals(change.causedBy, one.causedBy, told);
  }
}

/** Of an object, only the members that are expected: an element that came or went is compared by what tells it. */
function like(value: unknown, wanted: unknown): unknown {
  if (typeof value !== "object" || typeof wanted !== "object" || value === null || wanted === null) return value;
  if (Array.isArray(value)) return value;
  return Object.fromEntries(Object.keys(wanted).map((key) => [key, (value as Record<string, unknown>)[key]]));
}

async function metricsAgree(lab: Lab, name: string, report: EnvironmentReport) {
  const text = await Deno.readTextFile(lab.metrics);
  const value = (metric: string, more = "") =>
    new RegExp(`^${metric}\\{env="${name}"${more}\\} (\\S+)$`, "m").exec(text)?.[1];
  assertEquals(value("pve_drift_status"), { ok: "0", drift: "1", error: "2" }[report.status], text);
  if (report.status !== "error") assertEquals(value("pve_drift_resources_changed"), `${report.resourcesChanged}`, text);
  assertEquals(value("pve_drift_check_error", `,class="${report.error?.class}"`), report.error ? "1" : undefined, text);
  for (const one of ENVIRONMENTS) assertMatch(text, new RegExp(`pve_drift_last_check_timestamp\\{env="${one}"\\}`));
}

function flat(text: string): string {
  return text.replace(/[\s│╷╵]+/g, " ");
}
