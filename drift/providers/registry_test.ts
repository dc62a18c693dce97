import { assertEquals } from "@std/assert";
import { planned, type Sketch } from "../../tests/support/plans.ts";
import { generic } from "./generic.ts";
import { proxmox } from "./proxmox/proxmox.ts";
import { providerOf, providers } from "./registry.ts";

Deno.test("providerOf() goes by the source address, whatever registry or mirror it names, and never by a type", () => {
  const known = [
    "registry.terraform.io/bpg/proxmox",
    "registry.opentofu.org/bpg/proxmox",
    "mirror.example.org/BPG/proxmox",
    "bpg/proxmox",
  ];
  for (const source of known) assertEquals(providerOf(source), proxmox, source);
  const foreign = [
    "registry.terraform.io/thegameprofi/proxmox",
    "proxmox",
    "bpg/proxmox/x",
    "toString/constructor",
    "",
    undefined,
  ];
  for (const source of foreign) assertEquals(providerOf(source), generic, source);
});

Deno.test("label() of a provider that nothing is known of says type and name, or nothing", () => {
  const label = (sketch: Partial<Sketch>) =>
    providers.label(
      planned({ address: "libvirt_domain.d", provider_name: "registry.terraform.io/dmacvicar/libvirt", ...sketch }),
    );
  assertEquals(label({ before: { name: "web", id: "1" } }), 'libvirt domain "web"');
  assertEquals(label({ after: { filename: "/etc/motd" } }), 'libvirt domain "/etc/motd"');
  assertEquals(label({ before: { id: "1", name: "" } }), undefined);
  assertEquals(label({ before: null, after: null }), undefined);
  // Another provider's type that begins as Proxmox's do.
  assertEquals(label({ address: "proxmox_vm.v", before: { id: 7, name: "web" } }), 'proxmox vm "web"');
});

Deno.test("isSame() takes stars for any password of a guest, and for nothing else", () => {
  const vm = { type: "proxmox_virtual_environment_vm", provider_name: "registry.terraform.io/bpg/proxmox" };
  const path = "initialization[0].user_account[0].password";
  assertEquals(providers.isSame(vm, path, "secret", "**********"), true);
  assertEquals(providers.isSame(vm, path, "secret", "other"), false);
  assertEquals(providers.isSame(vm, "description", "secret", "****"), false);
  assertEquals(providers.isSame({ ...vm, type: "proxmox_virtual_environment_user" }, path, "secret", "****"), false);
  assertEquals(providers.isSame({ ...vm, provider_name: "x/y" }, path, "secret", "****"), false);
});
