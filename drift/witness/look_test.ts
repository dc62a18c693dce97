import { assertEquals, assertExists, assertStringIncludes } from "@std/assert";
import type { ClusterStatus, PendingOption } from "../../lib/proxmox_api/types.ts";
import { guest, type Play, playedWitness, refusal, unreachable } from "../../tests/support/played_cluster.ts";
import { Exclusions } from "./exclude.ts";
import { changesSince, look } from "./look.ts";
import type { Seen, Watched } from "./seen.ts";

const NOTHING: Watched = { topics: [], firewalled: [] };
const OPTIONS: PendingOption[] = [{ key: "cores", value: "2" }, { key: "digest", value: "a" }];

/** What a look at VM 101 and container 200 sees. */
async function seen(play: Partial<Play>, watched: Watched = NOTHING): Promise<Seen> {
  const { said } = await looked(play, watched) as { said?: Seen };
  assertExists(said);
  return said;
}

async function looked(play: Partial<Play>, watched: Watched = NOTHING) {
  const { witness } = playedWitness({ lists: [[guest("qemu", 101), guest("lxc", 200)]], pending: OPTIONS, ...play });
  return await look(witness, {
    claims: [{ kind: "qemu", id: 101, address: "a" }, { kind: "lxc", id: 200, address: "b" }],
    watched,
    salt: "s",
    isClaimed: (key) => ["qemu/101", "lxc/200", "qemu/102"].includes(key),
    exclusions: new Exclusions([{ tag: "ci", reason: "runners" }], Date.UTC(2026, 10, 30)),
  });
}

/** What is another thing than in the usual cluster. */
async function changed(play: Partial<Play>): Promise<string[]> {
  return changesSince(await seen({}), await seen(play));
}

Deno.test("look() sees that a guest went, came, moved, was started, or has other options", async () => {
  const vm = guest("qemu", 101), ct = guest("lxc", 200);
  assertEquals(await changed({}), []);
  assertEquals(await changed({ lists: [[vm]] }), ["guest lxc/200", "options lxc/200", "power lxc/200"]);
  assertEquals(await changed({ lists: [[vm, { ...ct, node: "pve2" }]] }), ["guest lxc/200"]);
  assertEquals(await changed({ lists: [[vm, { ...ct, pool: "prod" }]] }), ["guest lxc/200"]);
  assertEquals(await changed({ lists: [[{ ...vm, status: "stopped" }, ct]] }), ["power qemu/101"]);
  const pending = ({ id }: { id: number }): PendingOption[] =>
    id === 101 ? [{ key: "cores", value: "2", pending: "4" }] : OPTIONS;
  assertEquals(await changed({ pending }), ["options qemu/101"]);
});

Deno.test("look() asks for a part of the configuration once, however many environments hold it", async () => {
  const { witness, asked } = playedWitness({ lists: [[guest("qemu", 101)]], pending: OPTIONS });
  const watched: Watched = { topics: ["access", "pools"], firewalled: [] };
  const exclusions = new Exclusions([], 0);
  for (const salt of ["one", "other"]) {
    const claims = [{ kind: "qemu" as const, id: 101, address: "a" }];
    await look(witness, { claims, watched, salt, isClaimed: () => true, exclusions });
  }
  const topics = asked.filter((one) => one.startsWith("topic "));
  assertEquals(topics.sort(), ["accessRules", "groups", "pools", "roles", "users"].map((of) => `topic ${of}`));
});

Deno.test("look() takes backups and snapshots for no change, and the order of options neither", async () => {
  const passing: PendingOption[] = [
    ...[{ key: "lock", value: "backup" }, { key: "parent", value: "before" }, { key: "digest", value: "b" }],
    { key: "cores", value: "2" },
  ];
  assertEquals(await changed({ pending: passing }), []);
  const stopped = { ...guest("qemu", 101), lock: "backup", status: "stopped" };
  assertEquals(await changed({ lists: [[stopped, guest("lxc", 200)]] }), []);
});

Deno.test("changesSince() counts the power of a guest that was locked before as a change, once it is known", async () => {
  const locked = await seen({ lists: [[{ ...guest("qemu", 101), lock: "backup" }, guest("lxc", 200)]] });
  assertEquals(changesSince(locked, await seen({})), ["power qemu/101"]);
});

Deno.test("look() counts what it saw before and cannot see now, and not what it could never see", async () => {
  const refusing = { pending: refusal(403, "Permission check failed") };
  assertEquals(await changed(refusing), ["options lxc/200", "options qemu/101"]);
  assertEquals(changesSince(await seen(refusing), await seen(refusing)), []);
  const off = { ...guest("qemu", 101), status: "unknown" };
  assertEquals(await changed({ lists: [[off, guest("lxc", 200)]] }), ["power qemu/101"]);
});

Deno.test("look() asks nothing through a node that is off, and asks nodes without guests for their networks", async () => {
  const node = (name: string, online: boolean): ClusterStatus => ({ type: "node", name, online });
  const asked: string[] = [];
  const play = (isOn: boolean): Partial<Play> => ({
    lists: [[guest("qemu", 101, { node: "pve2" }), guest("lxc", 200)]],
    status: [node("pve1", true), node("pve2", isOn), node("pve3", true)],
    pending: ({ id }) => id === 101 && !isOn ? unreachable() : OPTIONS,
    topic: (topic) => {
      if ("node" in topic) asked.push(topic.node);
      return [];
    },
  });
  const watched: Watched = { topics: ["network"], firewalled: ["qemu/101"] };
  const before = await seen(play(true), watched);
  assertEquals(asked.splice(0), ["pve1", "pve2", "pve3"]);
  const after = await seen(play(false), watched);
  assertEquals(changesSince(before, after), ["firewall qemu/101", "networks pve2", "options qemu/101"]);
  assertEquals(changesSince(after, await seen(play(false), watched)), []);
});

Deno.test("look() sees a guest that nobody knows, but none in the making, none that is excluded, and none that is gone", async () => {
  const known = [guest("qemu", 101), guest("lxc", 200)];
  const stranger = guest("qemu", 300);
  const withStranger = { lists: [[...known, stranger]] };
  assertEquals(await changed(withStranger), ["stranger qemu/300"]);
  assertEquals(await changed({ lists: [[...known, { ...stranger, lock: "clone" }]] }), []);
  assertEquals(await changed({ lists: [[...known, { ...stranger, tags: ["ci"] }]] }), []);
  assertEquals(await changed({ lists: [[...known, guest("qemu", 102)]] }), [], "another environment's");
  assertEquals(changesSince(await seen(withStranger), await seen({})), []);
});

Deno.test("look() is silent where the cluster does not answer, or stops answering", async () => {
  for (const play of [{ version: unreachable() }, { lists: [unreachable()] }, { pending: unreachable() }]) {
    const { silence } = await looked(play) as { silence?: { problem: string } };
    assertStringIncludes(silence?.problem ?? "", "connection refused");
  }
});

Deno.test("look() asks for what else the state holds: no more than that", async () => {
  const topics = new Map<string, unknown>();
  const asked: string[] = [];
  const play: Partial<Play> = {
    topic: (topic) => {
      const name = [topic.of, "node" in topic ? topic.node : "guest" in topic ? topic.guest.id : []].flat().join(" ");
      asked.push(name);
      return topics.get(name) ?? [];
    },
  };
  await seen(play);
  assertEquals(asked, []);
  const watched: Watched = {
    topics: ["access", "backup", "firewall", "ha", "network", "pools", "storage"],
    firewalled: ["qemu/101", "qemu/999"],
  };
  const before = await seen(play, watched);
  const cluster = [
    ...["accessRules", "backupJobs", "clusterFirewall", "groups", "haResources", "haRules", "pools", "roles"],
    ...["storages", "users"],
  ];
  assertEquals(asked.toSorted(), [...cluster, "firewallOptions 101", "firewallRules 101", "networks pve1"].toSorted());
  for (
    const [name, as] of [["firewallRules 101", "firewall qemu/101"], ["roles", "roles"], [
      "networks pve1",
      "networks pve1",
    ]]
  ) {
    topics.set(name!, [{ comment: "by hand" }]);
    assertEquals(changesSince(before, await seen(play, watched)), [as!]);
    topics.clear();
  }
  topics.set("haRules", refusal(501, "Method 'GET /cluster/ha/rules' not implemented"));
  assertEquals(changesSince(before, await seen(play, watched)), ["haRules"]);
});

Deno.test("look() keeps hashes, and no values", async () => {
  const secret = { pending: [{ key: "cipassword", value: "hunter2hunter2" }] };
  assertEquals(JSON.stringify(await seen(secret)).includes("hunter2"), false);
});
