import { assertEquals } from "@std/assert";
import { pending } from "../../lib/proxmox_api/answers.ts";
import { waitingOptions } from "./waiting.ts";

const fixtures = new URL("../../tests/fixtures/pve-api/", import.meta.url);

/** What Proxmox's own code answers for a configuration, read by the client. */
async function answer(name: string) {
  return pending(JSON.parse(await Deno.readTextFile(new URL(`${name}.json`, fixtures))).pending);
}

Deno.test("waitingOptions() tells what runs against what is written, by name, whatever order Proxmox answers in", async () => {
  assertEquals(waitingOptions((await answer("qemu/pending_memory_cores")).reverse()), [
    { option: "cores", running: "2", written: "4" },
    { option: "memory", running: "2048", written: "4096" },
  ]);
  assertEquals(waitingOptions(await answer("lxc/pending_memory_cores")).length > 0, true);
});

Deno.test("waitingOptions() takes a removal for one where something is set, a value of 0 and a forced one included", async () => {
  assertEquals(waitingOptions(await answer("qemu/pending_delete_odd")), [
    { option: "numa", running: "0", written: null },
    { option: "onboot", running: "0", written: null },
    { option: "scsi1", running: "local-lvm:vm-104-disk-1,size=8G", written: null },
  ]);
});

Deno.test("waitingOptions() finds nothing where the written value is the running one, and none in guests without changes", async () => {
  assertEquals(waitingOptions(await answer("qemu/clean")), []);
  assertEquals(waitingOptions(await answer("lxc/clean")), []);
  for (const { option, running, written } of waitingOptions(await answer("qemu/pending_same_value"))) {
    assertEquals(running === written, false, option);
  }
});

Deno.test("waitingOptions() masks passwords, which Proxmox masks with and without a blank, and every text", async () => {
  assertEquals(waitingOptions(await answer("qemu/cloudinit_pending_password")), [
    { option: "cipassword", running: "(sensitive)", written: "(sensitive)" },
    { option: "ciuser", running: "ops", written: "admin" },
    { option: "ipconfig0", running: "ip=192.0.2.111/24,gw=192.0.2.1", written: "ip=192.0.2.112/24,gw=192.0.2.1" },
  ]);
  assertEquals(
    waitingOptions(await answer("qemu/cloudinit_first_password_pending")).find(({ option }) => option === "cipassword"),
    { option: "cipassword", running: null, written: "(sensitive)" },
  );
  for (const key of ["args", "description", "sshkeys", "env", "cicustom", "smbios1", "an-option-of-tomorrow"]) {
    assertEquals(waitingOptions([{ key, value: "hunter2", pending: "hunter3" }]), [
      { option: key, running: "(sensitive)", written: "(sensitive)" },
    ]);
  }
  assertEquals(waitingOptions([{ key: "tags", value: "a", pending: "b".repeat(1_001) }]), [
    { option: "tags", running: "a", written: "(sensitive)" },
  ]);
});
