import { assertEquals } from "@std/assert";
import { acceptedBy, hasExpired } from "./accept.ts";
import type { AcceptRule } from "./schema.ts";

const address = 'module.vm["web"].proxmox_virtual_environment_vm.this';
const now = new Date(2026, 10, 24, 12).getTime();
const rule = (rest: Partial<AcceptRule>): AcceptRule => ({ address, path: "tags", reason: "r", ...rest });

Deno.test("acceptedBy() matches address and path, with * for any characters and brackets for themselves", () => {
  const applies = (rest: Partial<AcceptRule>, path = "tags", env = "prod") =>
    acceptedBy([rule(rest)], env, address, path, now) !== undefined;
  assertEquals(applies({}), true);
  assertEquals(applies({ address: "module.vm[*].proxmox_virtual_environment_vm.this" }), true);
  assertEquals(applies({ address: "*" }), true);
  assertEquals(applies({ address: "module.vm" }), false);
  assertEquals(applies({ address: "module.vm[web].proxmox_virtual_environment_vm.this" }), false);
  assertEquals(applies({ path: "network_device[*].bridge" }, "network_device[12].bridge"), true);
  assertEquals(applies({ path: "network_device" }, "network_device[12].bridge"), false);
  assertEquals(applies({ path: "t.gs" }), false);
  assertEquals([applies({ env: "prod" }), applies({ env: "lab" })], [true, false]);
});

Deno.test("hasExpired() lets a rule apply through its last day", () => {
  const until = rule({ until: "2026-11-24" });
  assertEquals(hasExpired(until, new Date(2026, 10, 24, 23, 59).getTime()), false);
  assertEquals(hasExpired(until, new Date(2026, 10, 25).getTime()), true);
  assertEquals(hasExpired(rule({}), now), false);
  assertEquals(acceptedBy([rule({ until: "2026-11-23" })], "prod", address, "tags", now), undefined);
});
