/** The played Proxmox refuses what Proxmox VE refuses: a scenario must not do what nobody could. */

import { assertEquals, assertRejects } from "@std/assert";
import { type PlayedPve, startPve, TOKENS } from "../lab/pve.ts";
import { testWith } from "../support/programs.ts";

type Call = [method: string, path: string, params?: Record<string, string | number>];

/** A played Proxmox with a VM 101 on pve1, in pool prod, and a user with a token. */
async function furnished(dir: string): Promise<PlayedPve> {
  const pve = await startPve(dir);
  const made: Call[] = [
    ["POST", "/pools", { poolid: "prod" }],
    ["POST", "/nodes/pve1/qemu", { vmid: 101, name: "web", scsi0: "local-lvm:16", pool: "prod", description: "x" }],
    ["POST", "/access/users", { userid: "ann@pve", password: "ann-Passw0rd" }],
    ["POST", "/access/users/ann@pve/token/tok", { privsep: 0 }],
    ["PUT", "/access/acl", { path: "/pool/prod", users: "ann@pve", roles: "PVEAuditor" }],
  ];
  for (const call of made) await pve.api(...call);
  return pve;
}

/** What a token gets: status, and data or message. */
async function asked(pve: PlayedPve, token: string, path: string, init: RequestInit = {}) {
  using client = Deno.createHttpClient({ caCerts: [await Deno.readTextFile(pve.ca)] });
  const headers = { Authorization: `PVEAPIToken=${token}` };
  const response = await fetch(`${pve.url}/api2/json${path}`, { ...init, headers, client });
  return { status: response.status, ...await response.json() };
}

const VM = "/nodes/pve1/qemu/101";
const ANN = "ann@pve!tok=00000000-1111-2222-3333-444444444444";

const REFUSED: [says: string, ...Call][] = [
  ["invalid privilege 'VM.Fly'", "POST", "/access/roles", { roleid: "Pilot", privs: "VM.Audit,VM.Fly" }],
  ["invalid privilege 'VM.Fly'", "PUT", "/access/roles/DriftCheck", { privs: "VM.Fly" }],
  ["auto-generated role 'PVEAuditor' cannot be modified", "PUT", "/access/roles/PVEAuditor", { privs: "VM.Audit" }],
  ["auto-generated role 'PVEAuditor' cannot be deleted", "DELETE", "/access/roles/PVEAuditor"],
  ["auth domain 'nowhere' does not exist", "POST", "/access/users", { userid: "bob@nowhere" }],
  ["no such group 'none'", "POST", "/access/users", { userid: "bob@pve", groups: "none" }],
  ["no such group 'none'", "PUT", "/access/users/ann@pve", { groups: "none" }],
  ["Token already exists.", "POST", "/access/users/ann@pve/token/tok"],
  ["user 'bob@pve' does not exist", "PUT", "/access/acl", { path: "/", users: "bob@pve", roles: "PVEAuditor" }],
  ["no such token 'other'", "PUT", "/access/acl", { path: "/", tokens: "ann@pve!other", roles: "PVEAuditor" }],
  ["group 'none' does not exist", "PUT", "/access/acl", { path: "/", groups: "none", roles: "PVEAuditor" }],
  ["invalid ACL path", "PUT", "/access/acl", { path: "/vm/101", users: "ann@pve", roles: "PVEAuditor" }],
  ["either 'users', 'groups' or 'tokens' is required.", "PUT", "/access/acl", { path: "/", roles: "PVEAuditor" }],
  ["shrinking disks is not supported", "PUT", `${VM}/resize`, { disk: "scsi0", size: "8G" }],
  ["disk 'scsi7' does not exist", "PUT", `${VM}/resize`, { disk: "scsi7", size: "+1G" }],
  ["target is local node.", "POST", `${VM}/migrate`, { target: "pve1" }],
];

async function withPve(fn: (pve: PlayedPve) => Promise<void>) {
  const dir = await Deno.makeTempDir({ prefix: "pve-test-" });
  try {
    await using pve = await furnished(dir);
    await fn(pve);
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}

testWith(["lab/pve"], "the played Proxmox refuses changes that Proxmox VE refuses", () =>
  withPve(async (pve) => {
    for (const [says, ...call] of REFUSED) await assertRejects(() => pve.api(...call), Error, says);
    await pve.lock(101, "backup");
    const locked: Call[] = [
      ["PUT", `${VM}/resize`, { disk: "scsi0", size: "+1G" }],
      ["POST", `${VM}/migrate`, { target: "pve2" }],
    ];
    for (const call of locked) await assertRejects(() => pve.api(...call), Error, "VM is locked (backup)");
    await pve.lock(101, null);
    await pve.quorum(false);
    const writes: Call[] = [
      ["POST", "/access/users", { userid: "bob@pve" }],
      ["PUT", "/access/acl", { path: "/", users: "ann@pve", roles: "PVEAuditor" }],
      ["DELETE", "/access/users/ann@pve/token/tok"],
      ...locked,
    ];
    for (const call of writes) await assertRejects(() => pve.api(...call), Error, "no quorum");
    await pve.quorum(true);
    for (const call of locked) await pve.api(...call);
  }));

testWith(
  ["lab/pve"],
  "the played Proxmox knows a token no more whose user is disabled, expired or deleted",
  () =>
    withPve(async (pve) => {
      assertEquals((await asked(pve, ANN, "/version")).status, 200);
      const user = "/access/users/ann@pve";
      for (
        const [says, ...call] of [
          ["user 'ann@pve' is disabled", "PUT", user, { enable: 0 }],
          ["user 'ann@pve' access expired", "PUT", user, { enable: 1, expire: 1 }],
          ["authentication failure", "DELETE", user],
        ] as [string, ...Call][]
      ) {
        await pve.api(...call);
        const { status, message } = await asked(pve, ANN, "/version");
        assertEquals([status, message], [401, `${says}\n`]);
      }
    }),
);

testWith(
  ["lab/pve"],
  "the played Proxmox lets rights on a pool reach its guests, but not past NoAccess",
  () =>
    withPve(async (pve) => {
      const seen = async () =>
        (await asked(pve, ANN, "/cluster/resources?type=vm")).data.map((one: { vmid: number }) => one.vmid);
      assertEquals(await seen(), [101]);
      await pve.api("PUT", "/access/acl", { path: "/vms/101", users: "ann@pve", roles: "NoAccess" });
      assertEquals(await seen(), []);
    }),
);

testWith(["lab/pve"], "the played Proxmox takes `delete` several times in one call", () =>
  withPve(async (pve) => {
    const body = new URLSearchParams([["delete", "description"], ["delete", "tags"]]);
    const { status } = await asked(pve, TOKENS.apply, `${VM}/config`, { method: "PUT", body });
    assertEquals([status, (await pve.options(101)).description], [200, undefined]);
  }));
