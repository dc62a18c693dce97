/**
 * Runs scenarios: change, what plain terraform says, what the check says, mend, what the check says then.
 *
 * @module
 */

import { assert, assertEquals, assertMatch } from "@std/assert";
import type { Change, EnvironmentReport } from "../../../drift/report.ts";
import { parse } from "../../../sinks/prom/exposition.ts";
import { ESTATES, type Lab, type PlainPlan, startLab } from "../lab.ts";
import { type Planned, planned } from "./planned.ts";
import type { Expected, ExpectedChange, Scenario } from "./scenario.ts";

/** Starts a lab, applies it, checks that it is in order, and saves it as "base". */
export async function appliedLab(bin: string, code = ESTATES.bpg): Promise<Lab> {
  const lab = await startLab(bin, undefined, code);
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

/** An environment's report, and what was expected of it. */
interface Checked {
  expected: Expected;
  report: EnvironmentReport;
}

/**
 * Runs one scenario on an {@linkcode appliedLab}. Throws if anything is not as it must be, or if the plan says anything
 * else than it did with the real provider, where that was `recorded`.
 */
export async function runScenario(lab: Lab, scenario: Scenario, recorded?: Planned): Promise<void> {
  await lab.load("base");
  await lab.configure(scenario.config ?? {});
  lab.telegram.accepted.splice(0);
  await scenario.change(lab);
  if (scenario.plain) {
    const { code, text } = recorded
      ? await plannedAs(lab, scenario, recorded)
      : await lab.plan(scenario.env, ...scenario.plain.locking ? ["-lock=true"] : []);
    assert(
      flat(text).includes(flat(scenario.plain.says)),
      `plain terraform does not say "${scenario.plain.says}":\n${text}`,
    );
    assertEquals(code, scenario.plain.code, `plain terraform:\n${text}`);
  }
  const [found] = await Promise.all([checked(lab, scenario.env, scenario.expect), scenario.during?.(lab)]);
  await scenario.proof?.(lab, found.report);
  if (scenario.mend === undefined || scenario.mend === "apply") await lab.apply([scenario.env]);
  else await scenario.mend(lab);
  const known = scenario.mendedElsewhere ? { ...found, report: { ...found.report, changes: [] } } : found;
  await checked(lab, scenario.env, scenario.after ?? { status: "ok" }, known);
  assertEquals((await lab.pve.count(true)).unmodeled, [], "the played Proxmox was asked for what it does not model");
}

/** Plans, and throws where the plan says anything else than the recorded one. */
async function plannedAs(lab: Lab, { env }: Scenario, recorded: Planned): Promise<PlainPlan> {
  const { text, ...said } = await planned(lab, env);
  assertEquals(said, recorded, text);
  return { code: said.code, text };
}

/**
 * Checks an environment, and compares the report, the metrics, the messages and what the check left behind. `before` is
 * the check before this one, where that was not in an applied lab.
 */
async function checked(lab: Lab, name: string, expected: Expected, before?: Checked): Promise<Checked> {
  const listing = await lab.listing(name), metrics = await seriesOf(lab), began = Math.floor(Date.now() / 1000);
  const { code, env } = await lab.check([name]);
  const report = env[name]!;
  const told = toldOf(report, before ? "after mending" : "after the change");
  compareReport(report, expected, told);
  assertEquals(code, exitCode(report, expected), told);
  if (before) assertEquals(report.resolved.map(place).sort(), before.report.changes.flatMap(places).sort(), told);
  const now = await seriesOf(lab);
  for (const one of ["pve_drift_last_check_timestamp", "pve_drift_check_duration_seconds"]) {
    assert(now[`${one}{env="${name}"}`]! > (one.endsWith("timestamp") ? began - 1 : 0), one);
  }
  assertEquals(now, expectedSeries(name, expected, metrics, now), told);
  compareMessages(lab.telegram.accepted.splice(0).map(({ text }) => text), { expected, report }, before);
  // The check leaves no lock, and nothing in the estate's folders.
  assertEquals(await lab.listing(name), listing, "the check wrote into the environment's folder");
  return { expected, report };
}

function toldOf(report: EnvironmentReport, when: string): string {
  return `${when}: ${JSON.stringify({ ...report, observed: [] }, undefined, 1)}`;
}

/** Throws where a report is not what is expected. */
export function compareReport(report: EnvironmentReport, expected: Expected, told = toldOf(report, "")): void {
  assertEquals(report.status, expected.status, told);
  if (expected.status === "error") {
    assertEquals(report.error?.class, expected.class, told);
    assertMatch(`${report.error?.summary}\n${report.error?.detail}`, expected.says, told);
    assert(report.error!.cure.length > 20, `no cure ${told}`);
  }
  compare(report.changes, expected.changes ?? [], told);
  const accepted = report.accepted.flatMap((one) => one.attributes.map(({ path }) => `${one.address} ${path}`));
  assertEquals(accepted.sort(), [...expected.accepted ?? []].sort(), told);
  assertEquals(report.bookkeeping.map((one) => `${one.address} ${one.action}`), expected.bookkeeping ?? [], told);
  if (expected.observed) {
    const seen = report.observed.flatMap((one) => one.attributes.map(({ path }) => `${one.address} ${path}`));
    assertEquals(seen.filter((one) => !KNOWN_MEMBER.test(one)).sort(), [...expected.observed].sort(), told);
  }
  if (expected.warning) {
    const said = report.warnings.map((one) => `${one.summary}\n${one.detail}`).join("\n");
    assertMatch(said, expected.warning, told);
  }
}

/** The pool is made before its members, so that an applied state knows none of them. */
const KNOWN_MEMBER = /^proxmox_virtual_environment_pool\.prod members\[[0-4]\]$/;

/** What is resolved once a change is gone. */
function places({ address, attributes }: Change): string[] {
  return attributes.length === 0 ? [place({ address })] : attributes.map(({ path }) => place({ address, path }));
}

function place({ address, path }: { address: string; path?: string }): string {
  return `${address} ${path ?? ""}`;
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

/**
 * Keeps only the members of an object that are expected, since an added or removed element is compared by what
 * identifies it.
 */
function like(value: unknown, wanted: unknown): unknown {
  if (typeof value !== "object" || typeof wanted !== "object" || value === null || wanted === null) return value;
  if (Array.isArray(value)) return value;
  return Object.fromEntries(Object.keys(wanted).map((key) => [key, (value as Record<string, unknown>)[key]]));
}

/** All series of the metrics file, as `NAME{LABEL="VALUE"}`. */
async function seriesOf(lab: Lab): Promise<Record<string, number>> {
  return Object.fromEntries(
    parse(await Deno.readTextFile(lab.metrics)).flatMap(({ name, samples }) =>
      samples.map(({ labels, value }) => [series(name, labels), value])
    ),
  );
}

function series(name: string, labels: Record<string, string>): string {
  return `${name}{${Object.keys(labels).sort().map((key) => `${key}="${labels[key]}"`)}}`;
}

/**
 * The metrics after a check, of those before it, the two that time alone decides, and the warnings. Other environments keep theirs.
 */
function expectedSeries(
  env: string,
  expected: Expected,
  before: Record<string, number>,
  now: Record<string, number>,
): Record<string, number> {
  const verdict = /^pve_drift_(resources_changed|last_success_timestamp_seconds|resources|accepted)\{/;
  const kept = Object.entries(before).filter(([key]) =>
    !key.includes(`env="${env}"`) || (expected.status === "error" && verdict.test(key))
  );
  const one = (name: string) => series(`pve_drift_${name}`, { env });
  const at = now[one("last_check_timestamp")]!, changes = expected.changes ?? [];
  return {
    ...Object.fromEntries(kept),
    [one("status")]: { ok: 0, drift: 1, error: 2 }[expected.status],
    [one("last_check_timestamp")]: at,
    [one("check_duration_seconds")]: now[one("check_duration_seconds")]!,
    [one("warnings")]: now[one("warnings")]!,
    [series("pve_drift_sink_failures", { sink: "telegram" })]: 0,
    ...expected.status === "error" ? { [series("pve_drift_check_error", { env, class: expected.class })]: 1 } : {
      [one("resources_changed")]: changes.length,
      [one("last_success_timestamp_seconds")]: at,
      [one("accepted")]: expected.accepted?.length ?? 0,
      ...Object.fromEntries(
        ["create", "update", "delete", "replace"].flatMap((action) =>
          ["outside", "pending", "both"].map((origin) => [
            series("pve_drift_resources", { env, action, origin }),
            changes.filter((change) => change.action === action && change.origin === origin).length,
          ])
        ),
      ),
    },
  };
}

/** Compares the messages: none if all was and is in order, else one, about what differs, failed or ended. */
function compareMessages(messages: string[], { expected, report }: Checked, before: Checked | undefined) {
  const was = before?.expected ?? { status: "ok" };
  const said = messages.join("\n\n");
  const isQuiet = expected.status === "ok" && was.status === "ok";
  if (isQuiet && expected.warning) {
    assert(messages.length > 0 && messages.every((one) => one.includes("nothing differs; 1 new warning")), said);
    return;
  }
  assertEquals(messages.length, isQuiet ? 0 : 1, said);
  if (messages.length === 0) return;
  const says = (text: string, what: string) => assert(flat(text).includes(flat(what)), `no "${what}" in: ${said}`);
  says(
    said,
    `${report.name}: ${
      expected.status === "error"
        ? `the check failed: ${expected.class}`
        : expected.status === "drift"
        ? "drift"
        : was.status === "error"
        ? `the check works again (it had failed: ${was.class}); nothing differs`
        : "nothing differs any more"
    }`,
  );
  for (const { label, address } of before?.report.changes ?? []) says(said, `resolved: ${label ?? address}`);
  for (const one of expected.changes ?? []) {
    const { label } = report.changes.find(({ address }) => address === one.address)!;
    const block = said.split("\n• ").slice(1).find((block) => block.startsWith(label ?? one.address)) ?? "";
    says(block, one.address);
    if (one.note) assertMatch(block, one.note);
    if (one.confirmed === false) says(block, "NOT CONFIRMED");
    for (const [path, [expected, actual]] of Object.entries(one.attributes)) {
      says(block, path);
      const rest = block.slice(block.indexOf(path));
      for (const what of [...words("expected", expected, actual), ...words("actual", actual, expected)]) {
        says(rest, what);
      }
    }
  }
}

/**
 * How one side of a difference reads in a message; of a list only what the other side lacks, of an object each member.
 */
function words(side: "expected" | "actual", value: unknown, other: unknown): string[] {
  if (value === null) return [`${side} (none)`];
  if (Array.isArray(value)) {
    const more = value.filter((item) => !(other as unknown[]).includes(item));
    return more.map((item) => `${side === "actual" ? "+" : "-"}${JSON.stringify(item)}`);
  }
  if (typeof value === "object") return Object.entries(value).map(([key, item]) => `${key}: ${JSON.stringify(item)}`);
  return `${value}${other}`.includes("\n") ? [] : [`${side} ${JSON.stringify(value)}`];
}

function flat(text: string): string {
  return text.replace(/[\s│╷╵]+/g, " ");
}
