import { assertEquals } from "@std/assert";
import type { Change } from "../report.ts";
import { attribute, change } from "../../tests/support/sample_reports.ts";
import type { Memory } from "./memory.ts";
import { fleetingChanges } from "./power.ts";

const BPG = "registry.terraform.io/bpg/proxmox";
const first = "2026-11-24T05:00:00.000Z";
const memory: Memory = {
  ...{ version: 1, salt: "", status: "drift", since: first, resources: 1, providers: {}, findings: [] },
  ...{ checkedAt: first, endedAt: "2026-11-24T05:03:00.000Z" },
};
const power = (more: Partial<Change> = {}): Change =>
  change({
    ...{ type: "proxmox_virtual_environment_vm", provider: BPG, action: "update", isNew: true, firstSeenAt: first },
    attributes: [attribute("started", true, false)],
    ...more,
  });
/** Whether a change is fleeting in a plan of that many minutes after the last run began. */
const isFleeting = (one: Change, minutes = 60, known: Memory | undefined = memory) =>
  fleetingChanges([one], known, { planned: Date.parse(first) + minutes * 60_000, confirmAfterMs: 120_000 }).length > 0;

Deno.test("fleetingChanges() knows power alone from what stays", () => {
  const started = attribute("started", true, false), ram = attribute("memory[0].dedicated", 1, 2);
  assertEquals(isFleeting(power()), true);
  assertEquals(isFleeting(power({ type: "proxmox_virtual_environment_container" })), true);
  assertEquals(isFleeting(power({ attributes: [started, ram] })), false);
  assertEquals(isFleeting(power({ attributes: [ram] })), false);
  assertEquals(isFleeting(power({ attributes: [] })), false);
  assertEquals(isFleeting(power({ action: "replace" })), false);
  assertEquals(isFleeting(power({ action: "delete", attributes: [] })), false);
  assertEquals(isFleeting(power({ type: "proxmox_virtual_environment_pool" })), false);
  assertEquals(isFleeting(power({ provider: "registry.terraform.io/hashicorp/aws" })), false);
});

Deno.test("fleetingChanges() counts from the end of the run that saw it first", () => {
  const known = power({ isNew: false });
  assertEquals([4.9, 5].map((minutes) => isFleeting(known, minutes)), [true, false]);
  const { endedAt: _endedAt, ...old } = memory;
  assertEquals([1.9, 2].map((minutes) => isFleeting(known, minutes, old)), [true, false]);
  const older = power({ isNew: false, firstSeenAt: "2026-11-24T04:00:00.000Z" });
  assertEquals(isFleeting(older, 0), false);
  assertEquals(isFleeting(power({ isNew: true }), 60), true);
});
