import { assertEquals } from "@std/assert";
import { providers } from "../registry.ts";

const provider_name = "registry.terraform.io/telmate/proxmox";
const vm = { type: "proxmox_vm_qemu", provider_name };

Deno.test("isSame() takes keys for the same that Proxmox ended with a line end, and no other keys", () => {
  assertEquals(providers.isSame(vm, "sshkeys", "ssh-ed25519 AAAA ops", "ssh-ed25519 AAAA ops\n"), true);
  assertEquals(providers.isSame(vm, "sshkeys", "ssh-ed25519 AAAA ops", "ssh-ed25519 BBBB ops\n"), false);
  assertEquals(providers.isSame(vm, "sshkeys", "ssh-ed25519 AAAA ops", ""), false);
  assertEquals(providers.isSame(vm, "ciuser", "ops", "ops\n"), false);
});

Deno.test("secretNames() of Telmate/proxmox knows what cloud-init reads", () => {
  const disk = { type: "proxmox_cloud_init_disk", provider_name };
  assertEquals(providers.secretNames(disk), ["meta_data", "network_config", "vendor_data"]);
  assertEquals(providers.secretNames(vm), []);
});
