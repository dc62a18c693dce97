import { assertEquals } from "@std/assert";
import { attribute, change, environment } from "../../tests/support/sample_reports.ts";
import type { Change } from "../report.ts";
import type { Records } from "../witness/traces.ts";
import { hasNews, withTraces } from "./traced_changes.ts";

const NOW = Date.parse("2026-11-24T06:00:00Z");
const VM = "proxmox_virtual_environment_vm.a", CONTAINER = "proxmox_virtual_environment_container.b";
const CONTEXT = {
  claims: [
    { kind: "qemu" as const, id: 101, address: VM },
    { kind: "lxc" as const, id: 201, address: CONTAINER },
  ],
  sinceMs: NOW - 3_600_000,
  appliesAs: [],
  managedByHa: new Set<string>(),
};
const RECORDS: Records = {
  tasks: [{ upid: "", node: "pve1", type: "vzstop", id: "201", user: "bob@pve", starttime: NOW / 1000 - 60 }],
  lines: [{ time: NOW / 1000 - 60, node: "pve1", user: "alice@pve", tag: "", msg: "update VM 101: -memory 4096" }],
  clockAheadMs: 0,
  isWhole: { tasks: true, log: true },
};

const vm = (rest: Partial<Change> = {}) => change({ address: VM, ...rest });
const container = (path: string, rest: Partial<Change> = {}) =>
  change({
    ...{ address: CONTAINER, type: "proxmox_virtual_environment_container" },
    ...{ attributes: [attribute(path, 1, 2)], ...rest },
  });

function traced(one: Change): { who: string[] | undefined; note: string | undefined; asks: boolean } {
  const report = environment("prod", { changes: [one] });
  const [told] = withTraces(report, CONTEXT, RECORDS).changes;
  const who = told!.traces?.map(({ user, what }) => `${what} by ${user}`);
  return { who, note: told!.note, asks: hasNews(report, CONTEXT) };
}

Deno.test("withTraces() says who asked for a change that is new, and asks about no other", () => {
  assertEquals(traced(vm()), { who: ["changed by alice@pve"], note: undefined, asks: true });
  const untold = { who: undefined, note: undefined, asks: false };
  assertEquals(traced(vm({ isNew: false })), untold);
  assertEquals(traced(vm({ origin: "pending" })), untold);
  // What is new in it was asked for by the code.
  const pending = attribute("memory[0].dedicated", 1, 2, { origin: "pending" });
  assertEquals(traced(vm({ origin: "both", attributes: [pending] })), untold);
  assertEquals(traced(change({ address: "terraform_data.x", type: "terraform_data", provider: "x/y" })), untold);
});

Deno.test("withTraces() says where Proxmox records no author, behind what is said already", () => {
  const note = "Proxmox records no author for this kind of change";
  assertEquals(traced(container("memory[0].dedicated")), { who: undefined, note, asks: true });
  assertEquals(traced(container("memory[0].dedicated", { note: "x" })).note, `x; ${note}`);
  assertEquals(traced(container("started")), { who: ["stopped by bob@pve"], note: undefined, asks: true });
  const rules = change({ address: "x.rules", type: "proxmox_virtual_environment_firewall_rules" });
  assertEquals(traced(rules), { who: undefined, note, asks: false });
});

Deno.test("withTraces() leaves an empty list where it asked and found nothing", () => {
  assertEquals(traced(vm({ attributes: [attribute("cpu[0].cores", 2, 8)] })), { who: [], note: undefined, asks: true });
});

Deno.test("withTraces() says of a guest that HA manages that it was moved by HA", () => {
  const moved = vm({ attributes: [attribute("node_name", "pve1", "pve2")] });
  const migration = {
    upid: "",
    node: "pve1",
    type: "qmigrate",
    id: "101",
    user: "root@pam",
    starttime: NOW / 1000 - 60,
  };
  const records = { ...RECORDS, tasks: [migration] };
  const by = (managedByHa: string[]) => {
    const context = { ...CONTEXT, managedByHa: new Set(managedByHa) };
    return withTraces(environment("prod", { changes: [moved] }), context, records).changes[0]!.traces;
  };
  assertEquals(by(["qemu/101"])?.map(({ what, byHa }) => [what, byHa]), [["moved", true]]);
  assertEquals(by(["qemu/102"])?.map(({ what, byHa }) => [what, byHa]), [["migrated", undefined]]);
});
