import { assertEquals } from "@std/assert";
import { pending, snapshots } from "../../lib/proxmox_api/answers.ts";
import type { ListedGuest } from "../../lib/proxmox_api/types.ts";
import type { KnownDevices } from "../providers/provider.ts";
import { beyondPlan, inheritedDevices, type Look } from "./beyond.ts";
import { devicesIn } from "./devices.ts";
import { type ExcludeRule, Exclusions } from "./exclude.ts";

const fixtures = new URL("../../tests/fixtures/pve-api/", import.meta.url);
const NOW = Date.parse("2026-11-30T12:00:00Z"), DAY = 86_400_000;

/** A guest as Proxmox's own code answers for it. */
async function look(name: string): Promise<Look> {
  const [folder, file] = name.split("/");
  const fixture = JSON.parse(await Deno.readTextFile(new URL(`${name}.json`, fixtures)));
  const guest: ListedGuest = {
    kind: folder === "qemu" ? "qemu" : "lxc",
    id: fixture.vmid,
    node: "pve1",
    name: file!,
    status: "running",
    template: false,
    tags: [],
  };
  return { guest, pending: pending(fixture.pending), snapshots: snapshots(fixture.snapshot ?? []) };
}

const known = (...names: string[]): KnownDevices => ({ names, isWhole: true });

async function found(
  name: string,
  devices: KnownDevices | undefined,
  rules: ExcludeRule[] = [],
  inherited: string[] = [],
) {
  const exclusions = new Exclusions(rules, NOW);
  return beyondPlan(await look(name), devices, inherited, { exclusions, now: NOW, snapshotAgeMs: 30 * DAY })
    .map(({ what }) => what);
}

Deno.test("beyondPlan() tells of a disk that Terraform does not know, and of none that it does", async () => {
  assertEquals(await found("qemu/disk_added", known("scsi0", "net0")), [
    "disk scsi1 (100G on local-lvm) was added outside Terraform",
  ]);
  assertEquals(await found("qemu/disk_added", known("scsi0", "scsi1", "net0")), []);
  assertEquals(await found("qemu/clean", known("scsi0", "net0")), []);
});

Deno.test("beyondPlan() says nothing of devices where it is not known which are Terraform's", async () => {
  assertEquals(await found("qemu/disk_added", undefined), []);
});

Deno.test("beyondPlan() tells of every other kind of device, by Proxmox's name", async () => {
  assertEquals(await found("qemu/passthrough", known("scsi0")), [
    "PCI device hostpci0 was added outside Terraform",
    "PCI device hostpci1 was added outside Terraform",
    "PCI device hostpci2 was added outside Terraform",
    "USB device usb0 was added outside Terraform",
    "USB device usb1 was added outside Terraform",
    "USB device usb2 was added outside Terraform",
  ]);
  assertEquals(await found("qemu/efi_tpm", known("scsi0")), [
    "EFI disk efidisk0 (4M on local-lvm) was added outside Terraform",
    "CD drive ide2 (iso/virtio-win.iso on local) was added outside Terraform",
    "network device net0 (virtio on vmbr0) was added outside Terraform",
    "TPM state tpmstate0 (4M on local-lvm) was added outside Terraform",
  ]);
  assertEquals(await found("lxc/mountpoints", known("mp0")), [
    "device dev0 was added outside Terraform",
    "mount point mp1 (of the host) was added outside Terraform",
    "mount point mp2 (1T on nas) was added outside Terraform",
    "unused disk unused0 (vm-204-disk-5 on local-lvm)",
  ]);
});

Deno.test("beyondPlan() takes a drive with cloud-init's settings for Terraform's where it has such settings", async () => {
  assertEquals(await found("qemu/cloudinit", known("scsi0", "net0", "net1", "serial0", "cloudinit")), []);
  assertEquals(await found("qemu/cloudinit", known("scsi0", "net0", "net1", "serial0")), [
    "cloud-init drive ide2 was added outside Terraform",
  ]);
});

Deno.test("beyondPlan() tells of snapshots that are old, by the day they were taken, and of no others", async () => {
  assertEquals(await found("qemu/snapshots", known("scsi0", "net0")), [
    'snapshot "after-upgrade" was taken on 2024-05-24',
    'snapshot "before-upgrade" was taken on 2024-05-23',
    'snapshot "side_branch" was taken on 2024-05-23',
  ]);
  const { guest, pending, snapshots: taken } = await look("qemu/snapshots");
  const now = taken.find(({ name }) => name === "before-upgrade")!.snaptime! * 1000 + 30 * DAY;
  const rules = { exclusions: new Exclusions([], now), now, snapshotAgeMs: 30 * DAY };
  assertEquals(beyondPlan({ guest, pending, snapshots: taken }, known("scsi0", "net0"), [], rules), []);
});

Deno.test("beyondPlan() leaves out a size and a storage that are none", async () => {
  const { guest } = await look("qemu/snapshots");
  const pending = [{ key: "scsi1", value: `${"x".repeat(501)}:disk` }, { key: "unused0", value: "x".repeat(501) }];
  const rules = { exclusions: new Exclusions([], NOW), now: NOW, snapshotAgeMs: DAY };
  assertEquals(beyondPlan({ guest, pending, snapshots: [] }, known(), [], rules).map(({ what }) => what), [
    "disk scsi1 was added outside Terraform",
    "unused disk unused0",
  ]);
});

Deno.test("beyondPlan() leaves out what is meant to be so", async () => {
  const rules = [{ what: "*unused*", type: "lxc" as const, reason: "kept" }, { what: "device dev0*", reason: "GPU" }];
  assertEquals(await found("lxc/mountpoints", known("mp0", "mp1", "mp2"), rules), []);
});

Deno.test("beyondPlan() has words without a value for each thing", async () => {
  const rules = { exclusions: new Exclusions([], NOW), now: NOW, snapshotAgeMs: DAY };
  const plain = async (name: string) =>
    beyondPlan(await look(name), known("net0", "mp0"), [], rules).map(({ key, plain }) => `${key}: ${plain}`);
  assertEquals((await plain("lxc/mountpoints")).slice(-2), [
    "mp2: mount point mp2 was added outside Terraform",
    "unused0: unused disk unused0",
  ]);
  assertEquals((await plain("lxc/snapshots"))[0], "snapshot first: a snapshot was taken on 2024-05-23");
});

Deno.test("inheritedDevices() takes the first look at a clone for the template's, and forgets what was taken out", async () => {
  const { pending } = await look("qemu/disk_added");
  const clone: KnownDevices = { names: ["scsi0"], isWhole: false };
  const before = { marks: {}, known: [], beyond: {} };
  assertEquals(inheritedDevices(pending, clone, undefined), ["net0", "scsi1"]);
  assertEquals(inheritedDevices(pending, clone, { ...before, inherited: ["net0", "scsi5"] }), ["net0"]);
  assertEquals(inheritedDevices(pending, known("scsi0"), undefined), []);
  assertEquals(inheritedDevices(pending, undefined, { ...before, inherited: ["net0"] }), ["net0"]);
  assertEquals(await found("qemu/disk_added", clone, [], ["net0"]), [
    "disk scsi1 (100G on local-lvm) was added outside Terraform",
  ]);
});

Deno.test("devicesIn() finds one that is still to come, and one whose removal waits", async () => {
  const names = async (name: string) => devicesIn((await look(name)).pending).map(({ name }) => name);
  assertEquals((await names("qemu/passthrough")).includes("hostpci2"), true);
  assertEquals((await names("qemu/pending_delete_odd")).includes("scsi1"), true);
});
