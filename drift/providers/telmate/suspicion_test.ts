import { assertEquals } from "@std/assert";
import { planned } from "../../../tests/support/plans.ts";
import { contradictions } from "./suspicion.ts";

const provider_name = "registry.terraform.io/telmate/proxmox";
const pool = planned({ address: "proxmox_pool.prod", provider_name, before: { id: "pools/prod", poolid: "prod" } });
const web = planned({
  address: "proxmox_vm_qemu.web",
  provider_name,
  before: { id: "pve1/qemu/101", pool: "prod" },
});
const found = (type: string, values: unknown) => ({ address: `${type}.x`, type, provider_name, values });

Deno.test("contradictions() of Telmate/proxmox doubts that a pool is gone that a guest was just found in", () => {
  const claims = contradictions({ vanished: [pool], refreshed: [found("proxmox_lxc", { pool: "prod" })] });
  assertEquals(claims.map(({ address, why }) => [address, why]), [
    ["proxmox_pool.prod", "proxmox_lxc.x was just found in pool prod"],
  ]);
});

Deno.test("contradictions() of Telmate/proxmox doubts that a pool is gone where nothing else was read", () => {
  const [claim, ...more] = contradictions({ vanished: [pool], refreshed: [] });
  assertEquals([claim?.address, more], ["proxmox_pool.prod", []]);
});

Deno.test("contradictions() of Telmate/proxmox doubts that a guest is gone together with its pool", () => {
  const claims = contradictions({ vanished: [pool, web], refreshed: [found("proxmox_lxc", { pool: "" })] });
  assertEquals(claims.map(({ address }) => address), ["proxmox_vm_qemu.web"]);
});

Deno.test("contradictions() of Telmate/proxmox believes what nothing speaks against", () => {
  const refreshed = [found("proxmox_vm_qemu", { pool: "" }), found("proxmox_pool", { poolid: "test", pool: "prod" })];
  assertEquals(contradictions({ vanished: [pool], refreshed }), []);
  assertEquals(contradictions({ vanished: [web], refreshed }), []);
});
