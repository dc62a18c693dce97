import { assertEquals } from "@std/assert";
import { ENDPOINT, guest } from "../../tests/support/played_cluster.ts";
import type { KnownDevices } from "../providers/provider.ts";
import type { Look } from "./beyond.ts";
import type { ClusterMemory } from "./cluster_memory.ts";
import { Exclusions } from "./exclude.ts";
import { type Findings, type ReportRules, witnessReport } from "./report.ts";

const TUESDAY = "2026-11-24T06:00:00.000Z", WEDNESDAY = "2026-11-25T06:00:00.000Z";
const ADDRESS = "proxmox_virtual_environment_vm.web";

const FRESH: ClusterMemory = { version: 1, salt: "ab", guests: {} };
const RULES: ReportRules = {
  exclusions: new Exclusions([], 0),
  unmanaged: true,
  snapshotAgeMs: 86_400_000,
  now: Date.parse(TUESDAY),
  isHidden: false,
};

function look(disks: string[], more: Partial<Look> = {}): Look {
  const pending = [
    { key: "vmgenid", value: "one" },
    { key: "cores", value: "2", pending: "4" },
    ...disks.map((key) => ({ key, value: `local-lvm:vm-101-disk-0,size=8G` })),
  ];
  return { guest: guest("qemu", 101), pending, snapshots: [], ...more };
}

function findings(looks: Look[], more: Partial<Findings> = {}): Findings {
  const claim = { kind: "qemu" as const, id: 101, address: ADDRESS };
  return {
    cluster: "main",
    endpoint: ENDPOINT,
    version: "9.2.11",
    askedAt: TUESDAY,
    listing: { guests: [guest("qemu", 101), guest("qemu", 102)], listedAt: TUESDAY },
    claims: new Map([["prod", { at: TUESDAY, cluster: "main", claims: [claim] }]]),
    isCovered: true,
    looks,
    devices: new Map<string, KnownDevices>([["qemu/101", { names: ["scsi0"], isWhole: true }]]),
    addresses: new Map([["qemu/101", ADDRESS]]),
    ...more,
  };
}

Deno.test("witnessReport() says what it counted, what waits, and what is beyond the plan", () => {
  const { report } = witnessReport(findings([look(["scsi0", "scsi1"])]), RULES, FRESH);
  assertEquals(report, {
    cluster: "main",
    endpoint: ENDPOINT,
    version: "9.2.11",
    askedAt: TUESDAY,
    guests: { managed: 1, unmanaged: 1, excluded: 0 },
    looked: 1,
    unmanaged: [{
      ...{ id: 102, type: "qemu", name: "g102", node: "pve1", status: "running", tags: [], template: false },
      ...{ firstSeenAt: TUESDAY, isNew: false },
    }],
    waiting: [{
      ...{ id: 101, type: "qemu", name: "g101", environment: "prod", address: ADDRESS },
      options: [{ option: "cores", running: "2", written: "4" }],
    }],
    beyond: [{
      ...{
        id: 101,
        type: "qemu",
        name: "g101",
        environment: "prod",
        address: ADDRESS,
        isNew: false,
        firstSeenAt: TUESDAY,
      },
      what: "disk scsi1 (8G on local-lvm) was added outside Terraform",
    }],
  });
});

Deno.test("witnessReport() counts nobody where coverage is not known, the list is missing, or nobody wants to know", () => {
  const uncovered = witnessReport(findings([], { isCovered: false }), RULES, FRESH);
  const { listing: _, ...unlisted } = findings([]);
  const unwanted = witnessReport(findings([]), { ...RULES, unmanaged: false }, FRESH);
  for (const { report, memory } of [uncovered, witnessReport(unlisted, RULES, FRESH), unwanted]) {
    assertEquals([report.guests, report.unmanaged, memory.strangers], [undefined, [], undefined]);
  }
});

Deno.test("witnessReport() calls new what came onto a guest since the last look, and knows since when", () => {
  const told = ({ report }: ReturnType<typeof witnessReport>) =>
    report.beyond.map(({ what, isNew, firstSeenAt }) => [what.split(" ")[1], isNew, firstSeenAt]);
  const first = witnessReport(findings([look(["scsi0", "scsi1"])]), RULES, FRESH);
  const later = { askedAt: WEDNESDAY };
  const next = witnessReport(findings([look(["scsi0", "scsi1", "scsi2"])], later), RULES, first.memory);
  assertEquals(told(next), [["scsi1", false, TUESDAY], ["scsi2", true, WEDNESDAY]]);
  assertEquals(told(witnessReport(findings([look(["scsi0", "scsi2"])]), RULES, next.memory)), [
    ["scsi2", false, WEDNESDAY],
  ]);
  // It was not there in between.
  const gone = witnessReport(findings([look(["scsi0"])]), RULES, first.memory);
  assertEquals(told(witnessReport(findings([look(["scsi0", "scsi1"])], later), RULES, gone.memory)), [
    ["scsi1", true, WEDNESDAY],
  ]);
});

Deno.test("witnessReport() looks at another guest of the same number for the first time", () => {
  const first = witnessReport(findings([look(["scsi0"])]), RULES, FRESH);
  const other = look(["scsi0", "scsi1"]);
  const restored = {
    ...other,
    pending: other.pending.map((one) => one.key === "vmgenid" ? { ...one, value: "two" } : one),
  };
  assertEquals(witnessReport(findings([restored]), RULES, first.memory).report.beyond.map(({ isNew }) => isNew), [
    false,
  ]);
});

Deno.test("witnessReport() says which guests are others than at the last look, once", () => {
  const made = (at: number): Look => ({
    guest: guest("qemu", 101),
    pending: [
      { key: "vmgenid", value: `generation-${at}` },
      { key: "meta", value: `creation-qemu=9.2.0,ctime=170000000${at}` },
      { key: "net0", value: `virtio=BC:24:11:00:00:0${at},bridge=vmbr0` },
    ],
    snapshots: [],
  });
  const first = witnessReport(findings([made(0)]), RULES, FRESH);
  const next = witnessReport(findings([made(1)]), RULES, first.memory);
  const last = witnessReport(findings([made(1)]), RULES, next.memory);
  assertEquals([first.recycled, last.recycled], [[], []]);
  assertEquals(next.recycled, [{ key: "qemu/101", marks: ["generation", "time of creation", "MAC addresses"] }]);
});

Deno.test("witnessReport() calls no device added that Terraform knew at the last plan", () => {
  const knows = (...names: string[]) => ({ devices: new Map([["qemu/101", { names, isWhole: true }]]) });
  const first = witnessReport(findings([look(["scsi0", "scsi1"])], knows("scsi0", "scsi1")), RULES, FRESH);
  const second = witnessReport(findings([look(["scsi0", "scsi1"])], knows("scsi0")), RULES, first.memory);
  const third = witnessReport(findings([look(["scsi0", "scsi1"])], knows("scsi0")), RULES, second.memory);
  assertEquals([second.report.beyond.length, third.report.beyond.map(({ isNew }) => isNew)], [0, [true]]);
});

Deno.test("witnessReport() does without a plan where the last look accounts for all devices, and forgets those that are gone", () => {
  const knows = { devices: new Map([["qemu/101", { names: ["scsi0", "scsi1", "cloudinit"], isWhole: true }]]) };
  const unread = { devices: new Map() };
  const first = witnessReport(findings([look(["scsi0", "scsi1"])], knows), RULES, FRESH);
  const same = witnessReport(findings([look(["scsi0", "scsi1"])], unread), RULES, first.memory);
  assertEquals(same.memory.guests, first.memory.guests);
  const gone = witnessReport(findings([look(["scsi0"])], unread), RULES, same.memory);
  assertEquals(gone.memory.guests["qemu/101"]?.known, ["scsi0", "cloudinit"]);
  // It came back, and nobody says that it is Terraform's.
  const back = witnessReport(findings([look(["scsi0", "scsi1"])], knows), RULES, gone.memory);
  assertEquals(back.report.beyond, []);
  const byHand = witnessReport(findings([look(["scsi0", "scsi1"])]), RULES, gone.memory);
  assertEquals(byHand.report.beyond.map(({ isNew }) => isNew), [true]);
});

Deno.test("witnessReport() forgets nothing of guests that it could not read, and all of those that nobody claims", () => {
  const first = witnessReport(findings([look(["scsi0", "scsi1"])]), RULES, FRESH);
  const unread = witnessReport(findings([]), RULES, first.memory);
  assertEquals([unread.report.looked, unread.memory.guests], [0, first.memory.guests]);
  const { looks: _, ...unlooked } = findings([]);
  assertEquals(witnessReport(unlooked, RULES, first.memory).report.looked, undefined);
  // Of a guest whose devices Terraform does not tell, nothing is said and nothing is forgotten.
  const unknown = witnessReport(findings([look(["scsi0", "scsi1"])], { devices: new Map() }), RULES, first.memory);
  assertEquals([unknown.report.beyond, unknown.memory.guests], [[], first.memory.guests]);
  assertEquals(witnessReport(findings([], { claims: new Map() }), RULES, first.memory).memory.guests, {});
});

Deno.test("witnessReport() shows no values where they are hidden", () => {
  const { report } = witnessReport(findings([look(["scsi0", "scsi1"])]), { ...RULES, isHidden: true }, FRESH);
  assertEquals(report.beyond.map(({ what }) => what), ["disk scsi1 was added outside Terraform"]);
});
