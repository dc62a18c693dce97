import { assertEquals } from "@std/assert";
import { permissions as read } from "../../lib/proxmox_api/answers.ts";
import type { PermissionMap } from "../../lib/proxmox_api/types.ts";
import { missingRights, pathsToAskAbout, writingRights } from "./rights.ts";

/** The rights that Proxmox's own code gave a token. */
async function rightsOf(name: string, token: string): Promise<PermissionMap> {
  const file = new URL(`../../tests/fixtures/pve-api/permissions/${name}.json`, import.meta.url);
  return read(JSON.parse(await Deno.readTextFile(file)).effective[token]);
}

const all = { who: true, pools: true };
const lacking = (map: PermissionMap, duties = all) => missingRights(map, duties).map(({ right }) => right);

Deno.test("missingRights() asks an auditor of everything for the cluster log alone, and for nothing without it", async () => {
  const auditor = await rightsOf("auditor_root", "drift@pve!eyes");
  assertEquals(missingRights(auditor, all), [{
    right: "Sys.Syslog on /",
    cost: "the cluster log does not say who edited a VM",
    isOptional: true,
  }]);
  assertEquals(lacking(auditor, { ...all, who: false }), []);
  assertEquals(lacking(await rightsOf("two_roles_syslog", "drift@pve!eyes")), []);
});

Deno.test("missingRights() takes a right on / that does not reach the guests for none", async () => {
  const map = await rightsOf("auditor_root_no_propagate", "drift@pve!eyes");
  assertEquals(lacking(map), [
    "VM.Audit on /vms, propagated",
    "Pool.Audit on /pool, propagated",
    "Sys.Audit on /nodes, propagated",
    "Sys.Syslog on /",
  ]);
});

Deno.test("missingRights() takes rights on one pool or one guest for none on all", async () => {
  for (const name of ["pool", "one_guest"]) {
    assertEquals(lacking(await rightsOf(name, "drift@pve!eyes"))[0], "VM.Audit on /vms, propagated", name);
  }
  const guests = await rightsOf("vms_only", "drift@pve!eyes");
  assertEquals(lacking(guests)[0], "Sys.Audit on /");
  assertEquals(missingRights(guests, { who: false, pools: false }).map(({ isOptional }) => isOptional), [false, true]);
});

Deno.test("writingRights() names what lets a token do more than look", async () => {
  assertEquals(writingRights(await rightsOf("two_roles_syslog", "drift@pve!eyes")), []);
  assertEquals(writingRights(await rightsOf("may_write", "terraform@pve!apply")).slice(0, 3), [
    "Datastore.AllocateSpace",
    "SDN.Use",
    "VM.Allocate",
  ]);
});

Deno.test("pathsToAskAbout() names guests and pools at which a rule is about the token, its user or a group", async () => {
  const rules = [
    { path: "/", type: "user", ugid: "drift@pve" },
    { path: "/vms/101", type: "user", ugid: "drift@pve" },
    { path: "/vms/102", type: "token", ugid: "drift@pve!eyes" },
    { path: "/vms/103", type: "user", ugid: "alice@pve" },
    { path: "/pool/secret", type: "group", ugid: "admins" },
    { path: "/storage/local", type: "group", ugid: "admins" },
  ];
  const map = await rightsOf("hole_other_role", "drift@pve!eyes");
  assertEquals(pathsToAskAbout(rules, map, "drift@pve!eyes"), ["/pool/secret", "/vms/101", "/vms/102"]);
});
