/** What the played Proxmox records of what is done, and shows of its cluster: as facts of Proxmox VE have it. */

import { assertEquals, assertMatch, assertRejects } from "@std/assert";
import { type PlayedPve, startPve, TOKENS } from "../lab/pve.ts";
import { testWith } from "../support/programs.ts";

const ALICE = "alice@pve", EYES = TOKENS.witness.split("=")[0]!;
const VM = "/nodes/pve1/qemu/101", CT = "/nodes/pve1/lxc/201";

/** A played Proxmox with VM 101 and container 201, both running and in a pool, and a log of nothing but what follows. */
function pveTest(title: string, fn: (pve: PlayedPve) => Promise<void>) {
  testWith(["lab/pve"], title, async () => {
    const dir = await Deno.makeTempDir({ prefix: "pve-test-" });
    try {
      await using pve = await startPve(dir);
      await pve.api("POST", "/pools", { poolid: "prod" });
      await pve.api("POST", "/nodes/pve1/qemu", {
        vmid: 101,
        name: "web",
        pool: "prod",
        scsi0: "local-lvm:4",
        start: 1,
      });
      const ostemplate = "local:vztmpl/debian-12-standard_12.7-1_amd64.tar.zst";
      await pve.api("POST", "/nodes/pve1/lxc", {
        vmid: 201,
        pool: "prod",
        ostemplate,
        rootfs: "local-lvm:4",
        start: 1,
      });
      await fn(pve);
    } finally {
      await Deno.remove(dir, { recursive: true });
    }
  });
}

/** What the log and the nodes' tasks hold more after something than before; a task as `TYPE ID by USER`. */
async function traces(pve: PlayedPve, act: () => Promise<unknown>): Promise<{ log: string[]; tasks: string[] }> {
  const look = async () => ({
    log: (await pve.ask("/cluster/log", { max: 500 }, EYES)).body.data as { user: string; msg: string }[],
    tasks: (await Promise.all(["pve1", "pve2"].map((node) => pve.ask(`/nodes/${node}/tasks`, { limit: 500 }, EYES))))
      .flatMap(({ body }) => body.data as { upid: string; type: string; id: string; user: string; tokenid?: string }[]),
  });
  const before = await look();
  await act();
  const after = await look();
  const known = new Set(before.tasks.map(({ upid }) => upid));
  return {
    log: after.log.slice(0, after.log.length - before.log.length).reverse().map(({ user, msg }) => `${user}: ${msg}`),
    tasks: after.tasks.filter(({ upid }) => !known.has(upid))
      .map(({ type, id, user, tokenid }) => `${type} ${id} by ${user}${tokenid ? `!${tokenid}` : ""}`),
  };
}

type Act = [
  does: string,
  method: string,
  path: string,
  params: Record<string, string | number>,
  log: RegExp[],
  task: string[],
];

const BOTH_ENDS = [/^alice@pve: starting task UPID:/, /^alice@pve: end task UPID:.* OK$/];
const TERRAFORM = TOKENS.apply.split("=")[0]!;

const ACTS: Act[] = [
  ["a VM's options changed", "PUT", `${VM}/config`, { memory: 4096, delete: "tags" }, [
    /^alice@pve: update VM 101: -delete tags -memory 4096$/,
  ], []],
  ["a VM's password changed", "PUT", `${VM}/config`, { cipassword: "Geheim1!" }, [/-cipassword <hidden>$/], []],
  ["a VM's disk added", "POST", `${VM}/config`, { scsi1: "local-lvm:8" }, [
    /update VM 101: -scsi1 local-lvm:8$/,
    ...BOTH_ENDS,
  ], ["qmconfig 101 by alice@pve"]],
  ["a VM's disk resized", "PUT", `${VM}/resize`, { disk: "scsi0", size: "+1G" }, [
    /update VM 101: resize --disk scsi0 --size \+1G$/,
    ...BOTH_ENDS,
  ], ["resize 101 by alice@pve"]],
  ["a container's options changed", "PUT", `${CT}/config`, { memory: 2048, cores: 4 }, [], []],
  ["a VM snapshotted", "POST", `${VM}/snapshot`, { snapname: "before" }, [/snapshot VM 101: before$/, ...BOTH_ENDS], [
    "qmsnapshot 101 by alice@pve",
  ]],
  ["a container snapshotted", "POST", `${CT}/snapshot`, { snapname: "before" }, [
    /snapshot container 201: before$/,
    ...BOTH_ENDS,
  ], ["vzsnapshot 201 by alice@pve"]],
  ["a VM cloned", "POST", `${VM}/clone`, { newid: 102 }, BOTH_ENDS, ["qmclone 101 by alice@pve"]],
  ["a VM migrated", "POST", `${VM}/migrate`, { target: "pve2", online: 1 }, BOTH_ENDS, ["qmigrate 101 by alice@pve"]],
  ["a container migrated", "POST", `${CT}/migrate`, { target: "pve2", restart: 1 }, BOTH_ENDS, [
    "vzmigrate 201 by alice@pve",
  ]],
  ["a VM stopped", "POST", "/nodes/pve2/qemu/101/status/stop", {}, BOTH_ENDS, ["qmstop 101 by alice@pve"]],
  ["a VM destroyed", "DELETE", "/nodes/pve2/qemu/101", {}, BOTH_ENDS, ["qmdestroy 101 by alice@pve"]],
  ["a container stopped", "POST", "/nodes/pve2/lxc/201/status/stop", {}, BOTH_ENDS, ["vzstop 201 by alice@pve"]],
  ["a container destroyed", "DELETE", "/nodes/pve2/lxc/201", {}, BOTH_ENDS, ["vzdestroy 201 by alice@pve"]],
  ["a user made", "POST", "/access/users", { userid: "bob@pve" }, [], []],
  ["an ACL set", "PUT", "/access/acl", { path: "/vms/101", users: "bob@pve", roles: "PVEAuditor" }, [], []],
  ["a pool made", "POST", "/pools", { poolid: "test" }, [], []],
];

pveTest("the played Proxmox records what Proxmox VE records, and no more", async (pve) => {
  for (const [does, method, path, params, log, tasks] of ACTS) {
    const found = await traces(pve, () => pve.api(method, path, params, ALICE));
    assertEquals(found.tasks, tasks, does);
    assertEquals(found.log.length, log.length, `${does}: ${found.log}`);
    log.forEach((line, n) => assertMatch(found.log[n]!, line, does));
  }
  const byToken = await traces(pve, () => pve.api("PUT", "/nodes/pve1/qemu/102/config", { cores: 2 }, TERRAFORM));
  assertEquals(byToken.log, [`${TERRAFORM}: update VM 102: -cores 2`]);
});

pveTest("the played Proxmox lets HA move what HA manages", async (pve) => {
  await pve.api("POST", "/cluster/ha/resources", { sid: "vm:101" });
  const found = await traces(pve, () => pve.api("POST", `${VM}/migrate`, { target: "pve2", online: 1 }, ALICE));
  assertEquals(found.tasks.sort(), ["hamigrate 101 by alice@pve", "qmigrate 101 by root@pam"]);
  const list = await pve.api<{ id: string; node: string; hastate?: string }[]>("GET", "/cluster/resources", {
    type: "vm",
  });
  assertEquals(list.map(({ id, node, hastate }) => [id, node, hastate]), [
    ["qemu/101", "pve2", "started"],
    ["lxc/201", "pve1", undefined],
  ]);
});

pveTest("the played Proxmox forgets the pool and the ACLs of a destroyed guest", async (pve) => {
  await pve.api("POST", "/access/users", { userid: "bob@pve" });
  await pve.api("PUT", "/access/acl", { path: "/vms/101", users: "bob@pve", roles: "PVEAuditor" });
  await pve.api("PUT", "/access/acl", { path: "/pool/prod", users: "bob@pve", roles: "PVEAuditor" });
  const held = async (id: number) => {
    const { data } = (await pve.ask("/access/permissions", { path: `/vms/${id}` }, "bob@pve")).body;
    return "VM.Audit" in (data as Record<string, object>)[`/vms/${id}`]!;
  };
  assertEquals(await Promise.all([101, 201].map(held)), [true, true]);
  for (const id of [101, 201]) await pve.destroy(id);
  assertEquals(await Promise.all([101, 201].map(held)), [false, false]);
  assertEquals(
    (await pve.api<{ path: string }[]>("GET", "/access/acl")).filter(({ path }) => path.startsWith("/vms")),
    [],
  );
});

pveTest("the played Proxmox lists what its cluster knows, late or not", async (pve) => {
  const list = async (user = EYES) =>
    (await pve.ask("/cluster/resources", { type: "vm" }, user)).body.data as {
      id: string;
      node: string;
      status: string;
      pool?: string;
    }[];
  assertEquals((await list()).map(({ id, pool, status }) => [id, pool, status]), [
    ["qemu/101", "prod", "running"],
    ["lxc/201", "prod", "running"],
  ]);
  await pve.api("POST", "/access/users", { userid: "bob@pve" });
  await pve.api("PUT", "/access/acl", { path: "/vms", users: "bob@pve", roles: "PVEAuditor" });
  assertEquals((await list("bob@pve")).map(({ pool }) => pool), [undefined, undefined]);
  await pve.lag(true);
  await pve.migrate(101, "pve2");
  await pve.destroy(201);
  assertEquals((await list()).map(({ id, node }) => `${node} ${id}`), ["pve1 qemu/101", "pve1 lxc/201"]);
  await pve.lag(false);
  assertEquals((await list()).map(({ id, node }) => `${node} ${id}`), ["pve2 qemu/101"]);
  await pve.node("pve2", false);
  assertEquals((await list()).map(({ id, status }) => `${id} ${status}`), ["qemu/101 unknown"]);
  const away = await pve.ask("/nodes/pve2/qemu/101/config", {}, EYES);
  assertEquals([away.status, away.reason], [595, "No route to host"]);
  await pve.quorum(false);
  const { data } = (await pve.ask("/cluster/status", {}, EYES)).body;
  assertEquals((data as { quorate?: number }[]).map(({ quorate }) => quorate), [0, undefined, undefined]);
});

pveTest("the played Proxmox refuses what it does not model, and says so", async (pve) => {
  await assertRejects(() => pve.api("GET", "/nodes/pve1/hardware/pci"), Error, "501");
  assertEquals((await pve.count()).unmodeled, ["GET /nodes/{node}/hardware/pci"]);
});

pveTest("the played Proxmox proves itself by the CA of its cluster, and can change its certificate", async (pve) => {
  const ca = await Deno.readTextFile(pve.ca);
  const version = async (caCert: string) => {
    using client = Deno.createHttpClient({ caCerts: [caCert] });
    const headers = { Authorization: `PVEAPIToken=${TOKENS.witness}` };
    const response = await fetch(`${pve.url}/api2/json/version`, { client, headers });
    await response.body?.cancel();
    return response.status;
  };
  assertEquals(await version(ca), 200);
  const first = await pve.fingerprint(), second = await pve.certificate({ authority: false });
  assertEquals([first === second, await version(ca)], [false, 200]);
  assertEquals((await pve.api<{ ssl_fingerprint: string }[]>("GET", "/nodes"))[0]!.ssl_fingerprint, second);
  await pve.certificate({ authority: true });
  await assertRejects(() => version(ca), TypeError);
  assertEquals(await version(await Deno.readTextFile(pve.ca)), 200);
});
