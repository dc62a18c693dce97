import { assertEquals } from "@std/assert";
import type { Difference } from "./provider.ts";
import { remediesOf } from "./remedies.ts";

const BPG = remediesOf("registry.terraform.io/bpg/proxmox"),
  TELMATE = remediesOf("registry.terraform.io/Telmate/proxmox");
const VM = "proxmox_virtual_environment_vm", CT = "proxmox_virtual_environment_container";
const difference = (path: string, expected: unknown, actual: unknown = null): Difference => ({
  path,
  expected,
  actual,
});
const bpg = (type: string, ...args: Parameters<typeof difference>) =>
  BPG.byHand(type, difference(...args), { kind: type === CT ? "lxc" : "qemu", id: "101", node: "pve1" });
const telmate = (type: string, ...args: Parameters<typeof difference>) =>
  TELMATE.byHand(type, difference(...args), { kind: "qemu", id: "101", node: "pve1" });

Deno.test("byHand() of bpg/proxmox sets options of guests by Proxmox's names", () => {
  assertEquals(bpg(VM, "memory[0].dedicated", 2048), { option: "memory", value: "2048" });
  assertEquals(bpg(VM, "on_boot", false), { option: "onboot", value: "0" });
  assertEquals(bpg(VM, "tags", ["a", "b"]), { option: "tags", value: "a;b" });
  assertEquals(bpg(VM, "name", ""), { option: "name", value: null });
  assertEquals(bpg(CT, "initialization[0].hostname", "dns"), { option: "hostname", value: "dns" });
  assertEquals(bpg(CT, "bios", "ovmf"), undefined);
  assertEquals(bpg(VM, "vga[0].memory", 16), undefined);
  assertEquals(bpg("proxmox_virtual_environment_file", "comment", "x"), undefined);
});

Deno.test("byHand() of bpg/proxmox starts, shuts down, moves, and changes the pool", () => {
  assertEquals(bpg(VM, "started", true), { command: ["qm", "start", "101"] });
  assertEquals(bpg(CT, "started", false), { command: ["pct", "shutdown", "101"] });
  assertEquals(bpg(VM, "node_name", "pve1"), { command: ["qm", "migrate", "101", "pve1", "--online"] });
  assertEquals(bpg(CT, "node_name", "pve1"), { command: ["pct", "migrate", "101", "pve1", "--restart"] });
  assertEquals(bpg(VM, "pool_id", "prod", "attic"), {
    command: ["pvesh", "set", "/pools/prod", "--vms", "101", "--allow-move", "1"],
  });
  assertEquals(bpg(VM, "pool_id", null, "attic"), {
    command: ["pvesh", "set", "/pools/attic", "--vms", "101", "--delete", "1"],
  });
});

Deno.test("byHand() of bpg/proxmox removes and adds whole network cards, of which all is known", () => {
  assertEquals(bpg(VM, "network_device[1]", null, {}), { option: "net1", value: null });
  const card = {
    model: "virtio",
    bridge: "vmbr0",
    mac_address: "BC:24:11:00:00:01",
    firewall: true,
    vlan_id: 20,
    mtu: 0,
  };
  assertEquals(bpg(VM, "network_device[1]", card), {
    option: "net1",
    value: "virtio=BC:24:11:00:00:01,bridge=vmbr0,firewall=1,tag=20",
  });
  assertEquals(bpg(VM, "network_device[1]", { model: "virtio" }), undefined);
  assertEquals(bpg(VM, "network_device[0].bridge", "vmbr0", "vmbr1"), undefined);
});

Deno.test("byHand() says that a disk does not shrink", () => {
  assertEquals(bpg(VM, "disk[1].size", 64, 80), { impossible: "Proxmox cannot shrink a disk" });
  assertEquals(bpg(VM, "disk[1].size", 80, 64), undefined);
});

Deno.test("byHand() of bpg/proxmox sets what pools, users and roles hold", () => {
  const of = (kind: string, ...args: Parameters<typeof difference>) =>
    BPG.byHand(`proxmox_virtual_environment_${kind}`, difference(...args), { kind, id: "x" });
  assertEquals(of("pool", "comment", "production"), { option: "comment", value: "production" });
  assertEquals(of("user", "enabled", true), { option: "enable", value: "1" });
  assertEquals(of("role", "privileges", ["VM.Audit", "Sys.Audit"]), { option: "privs", value: "VM.Audit,Sys.Audit" });
  assertEquals(of("user", "password", "x"), undefined);
});

Deno.test("mayRestart() of bpg/proxmox knows what a running guest takes at once", () => {
  const restarts = (type: string, ...paths: string[]) => paths.map((path) => BPG.mayRestart(type, path));
  assertEquals(restarts(VM, "memory[0].dedicated", "bios", "tags", "description", "network_device[0].bridge"), [
    ...[true, true, false, false, false],
  ]);
  assertEquals(restarts(CT, "memory[0].dedicated", "network_interface[0].bridge"), [false, true]);
  assertEquals(restarts("proxmox_virtual_environment_pool", "comment"), [false]);
});

Deno.test("byHand() of Telmate/proxmox knows its names for the same options", () => {
  const vm = "proxmox_vm_qemu", ct = "proxmox_lxc";
  assertEquals(telmate(vm, "memory", 2048), { option: "memory", value: "2048" });
  assertEquals(telmate(vm, "desc", "web"), { option: "description", value: "web" });
  assertEquals(telmate(vm, "cpu[0].cores", 4), { option: "cores", value: "4" });
  assertEquals(telmate(vm, "onboot", true), { option: "onboot", value: "1" });
  assertEquals(telmate(vm, "vm_state", "running"), { command: ["qm", "start", "101"] });
  assertEquals(telmate(vm, "vm_state", "stopped"), { command: ["qm", "shutdown", "101"] });
  assertEquals(telmate(vm, "target_node", "pve1"), { command: ["qm", "migrate", "101", "pve1", "--online"] });
  assertEquals(telmate(ct, "hostname", "dns"), { option: "hostname", value: "dns" });
  assertEquals(telmate("proxmox_pool", "comment", "x"), undefined);
  assertEquals(telmate(vm, "constructor", "x"), undefined);
  assertEquals(["memory", "tags"].map((path) => TELMATE.mayRestart(vm, path)), [true, false]);
});

Deno.test("importOf() names a thing as each provider's import takes it", () => {
  const guest = { kind: "lxc", id: "201", node: "pve1" };
  assertEquals(BPG.importOf(guest), { type: CT, id: "pve1/201" });
  assertEquals(TELMATE.importOf(guest), { type: "proxmox_lxc", id: "pve1/lxc/201" });
  assertEquals(BPG.importOf({ kind: "pool", id: "prod" }), { type: "proxmox_virtual_environment_pool", id: "prod" });
  assertEquals(BPG.importOf({ kind: "qemu", id: "101" }), undefined);
  assertEquals(TELMATE.importOf({ kind: "pool", id: "prod" }), undefined);
});

Deno.test("remediesOf() of a provider that nothing is known of knows no way", () => {
  const none = remediesOf("registry.terraform.io/hashicorp/local");
  assertEquals(none.byHand(VM, difference("name", "a"), { kind: "qemu", id: "1" }), undefined);
  assertEquals([none.mayRestart(VM, "bios"), none.importOf({ kind: "qemu", id: "1", node: "a" })], [false, undefined]);
});
