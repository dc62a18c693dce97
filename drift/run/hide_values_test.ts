import { assertEquals } from "@std/assert";
import { attribute, change, environment, report } from "../../tests/support/sample_reports.ts";
import { hideValues } from "./hide_values.ts";

const guest = { id: 101, type: "qemu", name: "hunter2" };
const seen = { isNew: true, firstSeenAt: "2026-11-24T05:00:00.000Z" };

Deno.test("hideValues() leaves of what a witness says numbers, kinds and options", () => {
  const shown = report([], {
    clusters: ["main"],
    proxmox: [{
      ...{ cluster: "main", endpoint: "https://pve1:8006", askedAt: "2026-11-24T05:00:00.000Z" },
      guests: { managed: 1, unmanaged: 1, excluded: 0 },
      unmanaged: [{
        ...{
          ...guest,
          ...seen,
          node: "hunter2",
          status: "running",
          tags: ["hunter2"],
          pool: "hunter2",
          template: false,
        },
      }],
      waiting: [{ ...guest, options: [{ option: "cores", running: "hunter2", written: "hunter2" }] }],
      beyond: [{ ...guest, ...seen, what: "disk scsi1 was added outside Terraform" }],
    }],
  });
  const { proxmox: [told] = [], clusters } = hideValues(shown);
  assertEquals(JSON.stringify(told).includes("hunter2"), false);
  assertEquals([clusters, told!.guests, told!.unmanaged[0]!.id], [
    ["main"],
    { managed: 1, unmanaged: 1, excluded: 0 },
    101,
  ]);
  assertEquals(told!.waiting[0]!.options, [{ option: "cores", running: "(hidden)", written: "(hidden)" }]);
  assertEquals(told!.beyond, [{ id: 101, type: "qemu", ...seen, what: "disk scsi1 was added outside Terraform" }]);
  assertEquals("proxmox" in hideValues(report([])), false);
});

Deno.test("hideValues() leaves of a change no value, no label, no note and no node", () => {
  const hidden = hideValues(report([environment("prod", {
    changes: [change({
      ...{ label: "hunter2", note: "moved to hunter2", witness: { found: "moved", node: "hunter2" } },
      identity: { kind: "qemu", id: "101", node: "hunter2" },
      attributes: [attribute("name", "hunter2", "hunter2", { previous: "hunter2" })],
    })],
  })]));
  assertEquals(JSON.stringify(hidden.environments).includes("hunter2"), false);
  assertEquals(hidden.environments[0]!.changes[0]!.witness, { found: "moved" });
  assertEquals(hidden.environments[0]!.changes[0]!.identity, { kind: "qemu", id: "101" });
  const pool = hideValues(report([environment("prod", {
    changes: [change({ identity: { kind: "pool", id: "hunter2" }, attributes: [] })],
  })]));
  assertEquals(pool.environments[0]!.changes[0]!.identity, undefined);
});

Deno.test("hideValues() leaves of what flaps and is equal how often it came back, and no label", () => {
  const one = { address: "x.a", path: "memory", returns: 3, since: "2026-11-17T05:00:00.000Z", equalChecks: 1 };
  const shown = report([environment("prod", { settling: [{ ...one, label: "hunter2" }] })]);
  assertEquals(hideValues(shown).environments[0]!.settling, [one]);
});
