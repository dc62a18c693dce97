import { assertEquals, assertFalse } from "@std/assert";
import type { PendingOption } from "../../lib/proxmox_api/types.ts";
import { changedMarks, isUntouched, marksOf } from "./identity.ts";

const SALT = "salt";
const UUID = ["0b29bbd2-1f08-4cd7-8d5a-5d0de2b7a5a1", "7f8b0a35-6f0c-4c4b-9a3c-0a53b1b5e0f2"] as const;

function options(values: Record<string, string>): PendingOption[] {
  return Object.entries(values).map(([key, value]) => ({ key, value }));
}

const vm = (at: 0 | 1, more: Record<string, string> = {}) =>
  options({
    vmgenid: UUID[at],
    smbios1: `base64=1,manufacturer=TGFi,uuid=${UUID[1 - at]}`,
    meta: `creation-qemu=9.2.0,ctime=170000000${at}`,
    net0: `virtio=BC:24:11:00:00:0${at},bridge=vmbr0,tag=1${at}`,
    memory: "2048",
    ...more,
  });
const container = (at: 0 | 1, more: Record<string, string> = {}) =>
  options({
    rootfs: `local-lvm:vm-201-disk-${at},size=8G`,
    net0: `name=eth0,bridge=vmbr0,hwaddr=BC:24:11:00:00:0${at},type=veth`,
    ...more,
  });
const changed = (before: PendingOption[], now: PendingOption[]) =>
  changedMarks(marksOf(before, SALT), marksOf(now, SALT));

Deno.test("changedMarks() tells another guest where all that is made with one changed", () => {
  assertEquals(changed(vm(0), vm(1)), ["generation", "BIOS number", "time of creation", "MAC addresses"]);
  assertEquals(changed(container(0), container(1)), ["root volume", "MAC addresses"]);
});

Deno.test("changedMarks() takes a guest for the same as long as one mark stays", () => {
  assertEquals(changed(vm(0), vm(0)), undefined);
  // A rollback, another network card, another order and notation of the same ones.
  assertEquals(changed(vm(0), vm(0, { vmgenid: UUID[1] })), undefined);
  assertEquals(changed(vm(0), vm(1, { meta: "creation-qemu=8.0.0,ctime=1700000000" })), undefined);
  assertEquals(changed(container(0), container(0, { rootfs: "local-lvm:vm-201-disk-0,size=16G" })), undefined);
  assertEquals(changed(container(0), container(0, { net0: "name=eth0,hwaddr=bc:24:11:00:00:00" })), undefined);
});

Deno.test("changedMarks() says nothing by a single mark, or of kinds that have none in common", () => {
  assertEquals(changed(options({ vmgenid: UUID[0] }), options({ vmgenid: UUID[1] })), undefined);
  assertEquals(changed(options({ vmgenid: UUID[0] }), container(1)), undefined);
  assertEquals(changed([], vm(1)), undefined);
});

Deno.test("marksOf() keeps hashes alone, with the salt in them", () => {
  const marks = JSON.stringify(marksOf(vm(0), SALT));
  for (const secret of [...UUID, "1700000000", "BC:24:11"]) assertFalse(marks.includes(secret), secret);
  assertEquals(changedMarks(marksOf(vm(0), SALT), marksOf(vm(0), "other"))?.length, 4);
});

Deno.test("isUntouched() tells a guest that something was restored over, and not one that was resized or got a network card", () => {
  const untouched = (before: PendingOption[], now: PendingOption[]) =>
    isUntouched(marksOf(before, SALT), marksOf(now, SALT));
  assertEquals(untouched(vm(0), vm(0, { memory: "4096", net0: "virtio=BC:24:11:00:00:09,bridge=vmbr0" })), true);
  assertEquals(untouched(vm(0), vm(0, { vmgenid: UUID[1] })), false);
  assertEquals(untouched(container(0), container(0, { rootfs: "local-lvm:vm-201-disk-0,size=16G" })), true);
  assertEquals(untouched(container(0), container(0, { rootfs: "local-lvm:vm-201-disk-1,size=8G" })), false);
});
