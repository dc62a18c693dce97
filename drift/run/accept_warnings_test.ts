import { assertEquals } from "@std/assert";
import type { Environment } from "../config/config.ts";
import type { AcceptRule } from "../config/schema.ts";
import { environment } from "../../tests/support/sample_reports.ts";
import { acceptWarnings } from "./accept_warnings.ts";
import type { CheckResult } from "./check_result.ts";

const named = (name: string): Environment => ({
  ...{ name, dir: `/envs/${name}`, varFiles: [], backendConfig: [], timeoutMs: 1 },
});
const prod = named("prod"), lab = named("lab");
const rule = (more: Partial<AcceptRule> = {}): AcceptRule => ({ address: "a", path: "p", reason: "r", ...more });
const now = Date.UTC(2026, 10, 30);

/** The warnings of each environment, in a word. */
function warnings(
  rules: AcceptRule[],
  { asked = [prod, lab], failed = [], matched = [], shard }: {
    asked?: Environment[];
    failed?: string[];
    matched?: AcceptRule[];
    shard?: { index: number; of: number; others: string[] };
  } = {},
): string[][] {
  const results = asked.map(({ name }): CheckResult => ({
    report: environment(name, { status: failed.includes(name) ? "error" : "ok" }),
    matchedRules: new Set(matched),
  }));
  const config = { accept: rules, environments: [prod, lab], ...(shard ? { shard } : {}) };
  return acceptWarnings(config, asked, results, now).map((found) =>
    found.map(({ summary }) => /expired|matches nothing|there is not/.exec(summary)![0])
  );
}

Deno.test("acceptWarnings() tells of a rule that matches nothing only where that is certain", () => {
  const idle = rule(), ours = rule({ env: "prod" });
  assertEquals(warnings([idle]), [["matches nothing"], ["matches nothing"]]);
  assertEquals(warnings([idle], { matched: [idle] }), [[], []]);
  assertEquals(warnings([idle], { failed: ["lab"] }), [[], []], "what failed may still match");
  assertEquals(warnings([idle], { asked: [prod] }), [[]], "what was not asked may still match");
  assertEquals(warnings([idle], { shard: { index: 1, of: 2, others: ["site"] } }), [[], []]);
  assertEquals(warnings([ours]), [["matches nothing"], []]);
  assertEquals(warnings([ours], { asked: [prod] }), [["matches nothing"]]);
});

Deno.test("acceptWarnings() tells of a rule that has expired, and of one for no environment there is", () => {
  const old = rule({ until: "2026-11-01", env: "lab" });
  assertEquals(warnings([old], { failed: ["lab"] }), [[], ["expired"]]);
  assertEquals(warnings([rule({ until: "2026-12-01" })], { failed: ["lab"] }), [[], []]);
  assertEquals(warnings([rule({ env: "stage" })]), [["there is not"], ["there is not"]]);
  assertEquals(warnings([rule({ env: "site" })], { shard: { index: 1, of: 2, others: ["site"] } }), [[], []]);
});
