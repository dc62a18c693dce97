import { assertEquals, assertStringIncludes } from "@std/assert";
import { change } from "../../tests/support/sample_reports.ts";
import { recycledWarnings } from "./warnings.ts";

Deno.test("recycledWarnings() names the guests that the plan finds changed, and none that Terraform replaced by itself", () => {
  const claims = [
    { kind: "lxc" as const, id: 201, address: "x.changed" },
    { kind: "qemu" as const, id: 102, address: "x.observed" },
    { kind: "qemu" as const, id: 103, address: "x.clean" },
    { kind: "qemu" as const, id: 104, address: "x.same" },
  ];
  const recycled = ["lxc/201", "qemu/102", "qemu/103", "qemu/999"].map((key) => ({
    key,
    marks: ["root volume", "MAC"],
  }));
  const changes = [change({ address: "x.changed" }), change({ address: "x.same" })];
  const found = recycledWarnings({ changes, observed: [change({ address: "x.observed" })] }, claims, recycled);
  assertEquals(found.map(({ address, summary }) => [address, summary]), [
    ["x.changed", "Container 201 is another guest than at the last look"],
    ["x.observed", "VM 102 is another guest than at the last look"],
  ]);
  assertStringIncludes(found[0]!.detail, "root volume, MAC");
});
