import { assertEquals, assertNotEquals } from "@std/assert";
import { failureKind } from "./failure_kind.ts";
import type { CheckError } from "../../drift/report.ts";

const failed: CheckError = {
  class: "network",
  summary: "cannot read VM 101",
  detail: "",
  cure: "Wait",
  reason: "unreachable",
  endpoint: "192.0.2.10:8006",
};

Deno.test("failureKind() is the same for one outage, whatever object its text names", () => {
  assertEquals(failureKind({ ...failed, summary: "cannot read VM 102", cure: "Look at VM 102" }), failureKind(failed));
});

Deno.test("failureKind() tells servers, reasons, classes and locks apart, and texts where there is no reason", () => {
  const { reason: _, endpoint: __, ...bare } = failed;
  const others: CheckError[] = [
    { ...failed, endpoint: "192.0.2.20:8006" },
    { ...failed, reason: "refused" },
    { ...failed, class: "tls" },
    { ...failed, lock: { id: "7" } },
    bare,
  ];
  for (const other of others) assertNotEquals(failureKind(other), failureKind(failed));
  assertNotEquals(failureKind({ ...bare, summary: "cannot read VM 102" }), failureKind(bare));
});

Deno.test("failureKind() tells mistakes in the code apart by what they are", () => {
  const mistake: CheckError = { ...failed, class: "config-invalid", reason: "code-expression", summary: "Cycle: a, b" };
  assertNotEquals(failureKind({ ...mistake, summary: "Reference to undeclared input variable" }), failureKind(mistake));
  assertEquals(failureKind({ ...mistake, detail: "on other.tf line 3" }), failureKind(mistake));
});
