import { assertEquals } from "@std/assert";
import { change, environment, report } from "../../tests/support/sample_reports.ts";
import { workplace } from "../../tests/support/workplaces.ts";
import type { Change, CheckError } from "../report.ts";
import { explain, subjectsOf } from "./explain.ts";

const error: CheckError = { class: "suspect", summary: "objects vanished", detail: "", cure: "Do not apply." };
const lost: Partial<Change> = { action: "create", attributes: [] };

/** Kinds of the ways out of a change in an environment that is in error. */
function kinds(rest: Partial<Change>): string[] {
  const shown = report([environment("prod", { status: "error", error, changes: [change(rest)] })]);
  const subject = subjectsOf(shown).find(({ kind }) => kind === "change")!;
  const deps = { workplaceOf: () => workplace(), environmentsOf: () => [] };
  return explain(subject, shown, deps).ways.map(({ kind }) => kind);
}

Deno.test("explain() offers no apply for what a failed check alone calls lost", () => {
  assertEquals(kinds(lost), ["repair"]);
  assertEquals(kinds({ ...lost, witness: { found: "unknown" } }), ["repair"]);
});

Deno.test("explain() offers the ways out of all else that a failed check could read", () => {
  assertEquals(kinds({ ...lost, witness: { found: "deleted" } }), ["put-back"]);
  assertEquals(kinds({ ...lost, origin: "pending" }), ["put-back"]);
  assertEquals(kinds({}).at(-1), "accept");
});
