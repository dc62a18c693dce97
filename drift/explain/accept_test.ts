import { assertEquals, assertMatch } from "@std/assert";
import { attribute, change } from "../../tests/support/sample_reports.ts";
import { acceptedBy } from "../config/accept.ts";
import { acceptChange, acceptGuest } from "./accept.ts";
import type { Way } from "./explanation.ts";

const linesOf = (way?: Way) => way!.steps.flatMap((step) => step.kind === "lines" ? [step.lines] : []).join("");

Deno.test("acceptChange() writes a rule for each attribute that sets it aside, with a reason to fill in", () => {
  const one = change({ attributes: [attribute("tags", [], ["a"]), attribute("cpu[0].cores", 2, 4)] });
  const rules = JSON.parse(`[${linesOf(acceptChange(one, "prod")[0])}]`);
  assertEquals(rules.map(({ path }: { path: string }) => path), ["tags", "cpu[0].cores"]);
  for (const { path } of one.attributes) assertEquals(acceptedBy(rules, "prod", one.address, path, 0)?.path, path);
  assertEquals(acceptedBy(rules, "lab", one.address, "tags", 0), undefined);
  assertMatch(rules[0].reason, /WHY/);
});

Deno.test("acceptChange() accepts no object that comes, goes or is replaced, and nothing with a masked name", () => {
  for (const action of ["create", "delete", "replace"] as const) {
    assertEquals(acceptChange(change({ action }), "prod"), [], action);
  }
  assertEquals(acceptChange(change({ attributes: [] }), "prod"), []);
  assertEquals(acceptChange(change({ address: 'vm["(sensitive)"]' }), "prod"), []);
});

Deno.test("acceptGuest() writes the rule that leaves a guest out", () => {
  const guest = { id: 131, type: "qemu", node: "pve2", status: "running", tags: [], template: false };
  const rule = JSON.parse(linesOf(acceptGuest({ ...guest, firstSeenAt: "", isNew: true })));
  assertEquals([rule.vmid, typeof rule.reason], ["131", "string"]);
});
