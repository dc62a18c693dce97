import { assertEquals } from "@std/assert";
import { attribute, change } from "../../tests/support/sample_reports.ts";
import { groupEqual } from "./equal_changes.ts";
import type { Change } from "../../drift/report.ts";

const vm = (index: number, rest: Partial<Change> = {}) =>
  change({ address: `vm[${index}]`, label: `VM ${index}`, ...rest });
const sizes = (changes: Change[]) =>
  groupEqual(changes, (one) => one).map((group) => group.map(({ address }) => address).join(" "));

Deno.test("groupEqual() puts many together that are alike but for whose they are, and leaves a few alone", () => {
  assertEquals(sizes([0, 1, 2].map((index) => vm(index))), ["vm[0]", "vm[1]", "vm[2]"]);
  const other = vm(9, { attributes: [attribute("memory[0].dedicated", 2048, 8192)] });
  assertEquals(sizes([vm(0), other, ...[1, 2, 3].map((index) => vm(index))]), ["vm[0] vm[1] vm[2] vm[3]", "vm[9]"]);
});

Deno.test("groupEqual() puts nothing together that reads otherwise", () => {
  const others: Partial<Change>[] = [
    { action: "replace" },
    { origin: "pending" },
    { isNew: false },
    { firstSeenAt: "2026-11-20T05:00:00.000Z" },
    { confirmed: false },
    { note: "moved" },
    { type: "other" },
    { reason: "replace_because_tainted" },
    { sinceUpgrade: { provider: "bpg/proxmox", from: "0.105.0", to: "0.106.0" } },
    { attributes: [attribute("cpu[0].cores", 2, 4)] },
    { attributes: [attribute("memory[0].dedicated", 2048, 4096, { isNew: false })] },
  ];
  for (const rest of others) assertEquals(sizes([vm(0), vm(1), vm(2), vm(3, rest)]).length, 4, JSON.stringify(rest));
  const byParity = groupEqual([0, 1, 2, 3, 4].map((index) => vm(index)), (one) => one, ({ label }) => label);
  assertEquals(byParity.length, 5);
});

Deno.test("groupEqual() takes what differs in its cause alone for alike", () => {
  const caused = [0, 1, 2, 3].map((index) => vm(index, { causedBy: [`disk[${index}]`] }));
  assertEquals(sizes(caused), ["vm[0] vm[1] vm[2] vm[3]"]);
});
