import { assertEquals } from "@std/assert";
import { plan, type Sketch } from "../../tests/support/plans.ts";
import type { Plan } from "../terraform/plan.ts";
import { parseMessages } from "../terraform/stream.ts";
import type { GuestClaim } from "../witness/claims.ts";
import { type GuestContext, guestsOf, namesEveryGuest } from "./guests.ts";

const VM = "proxmox_virtual_environment_vm";
const TELMATE = "registry.terraform.io/telmate/proxmox";
const CONTEXT: GuestContext = { variables: {}, isPowerAlone: () => false };
const vm = (id: number) => ({ vm_id: id, vmid: id, name: `g${id}`, node_name: "pve1", target_node: "pve1" });
const short = ({ kind, id, name = "", node = "" }: GuestClaim) =>
  [`${kind}/${id}`, name, node].filter(Boolean).join(" ");

async function recorded(name: string): Promise<Plan> {
  return JSON.parse(await Deno.readTextFile(new URL(`../../tests/fixtures/bpg/${name}.json`, import.meta.url)));
}

function stream(...objects: [address: string, type: string, key?: string, value?: string][]) {
  return parseMessages(
    objects.map(([addr, resource_type, id_key, id_value]) =>
      JSON.stringify({ type: "refresh_start", hook: { resource: { addr, resource_type }, id_key, id_value } })
    ).join("\n"),
  );
}

function of(json: Plan, context: Partial<GuestContext> = {}) {
  const { claims, installations } = guestsOf(stream(), json, { ...CONTEXT, ...context });
  return {
    claims: claims.map(short),
    installations: installations.map(({ endpoint, refreshed, vanished, powers }) => ({
      endpoint,
      refreshed: refreshed.map(short),
      vanished: vanished.map(short),
      powers: powers.map(short),
    })),
  };
}

Deno.test("guestsOf() takes numbers from a message stream alone, of every provider, and of no data source or other thing", () => {
  const { claims, installations } = guestsOf(
    stream(
      ["a.a", VM, "id", "101"],
      ["b.b", "proxmox_virtual_environment_container", "id", "201"],
      ["c.c", "proxmox_vm_qemu", "id", "pve1/qemu/102"],
      ["d.d", "proxmox_lxc", "id", "pve2/lxc/202"],
      ["e.e", "proxmox_virtual_environment_pool", "id", "7"],
      ["f.f", "terraform_data", "id", "8"],
      ["g.g", "proxmox_vm", "name", "web"],
      ["h.h", VM],
    ),
    undefined,
    CONTEXT,
  );
  assertEquals(claims.map(short), ["qemu/101", "lxc/201", "qemu/102 pve1", "lxc/202 pve2"]);
  assertEquals(installations, [{ refreshed: claims, vanished: [], powers: [] }]);
});

Deno.test("namesEveryGuest() wants the plan read where the stream gives a guest's name in place of its number", () => {
  assertEquals(namesEveryGuest(stream(["a.a", VM, "id", "101"], ["f.f", "terraform_data", "name", "x"])), true);
  assertEquals(namesEveryGuest(stream(["a.a", "proxmox_vm_qemu", "id", "pve1/qemu/101"])), true);
  for (const type of ["proxmox_vm", "proxmox_cloned_vm", "proxmox_virtual_environment_vm2", "proxmox_lxc_guest"]) {
    assertEquals(namesEveryGuest(stream(["a.a", VM, "id", "101"], ["g.g", type, "name", "web"])), false, type);
    assertEquals(namesEveryGuest(stream(["g.g", type])), false, type);
  }
});

Deno.test("guestsOf() reads what a recorded plan refreshed, and what it no longer found", async () => {
  const everybody = ["lxc/201 dns pve1", "lxc/202 proxy pve1", "qemu/102 db pve1", "qemu/101 web pve1"];
  const endpoint = "https://192.0.2.10:8006";
  assertEquals(of(await recorded("clean")), {
    claims: everybody,
    installations: [{ endpoint, refreshed: everybody, vanished: [], powers: [] }],
  });
  const { claims, installations: [one] } = of(await recorded("vm_deleted"));
  assertEquals(claims.toSorted(), everybody.toSorted());
  assertEquals([one!.refreshed.length, one!.vanished], [3, ["qemu/101 web pve1"]]);
  const container = of(await recorded("ct_deleted")).installations[0]!;
  assertEquals(container.vanished, ["lxc/201 dns pve1"]);
});

Deno.test("guestsOf() claims what the state has and what the code asks for by number, and no data source", () => {
  const objects: Sketch[] = [
    { address: `${VM}.stays`, actions: ["no-op"], before: vm(101), after: vm(101) },
    { address: `${VM}.comes`, actions: ["create"], after: vm(102) },
    { address: `${VM}.open`, actions: ["create"], after: { name: "open" }, unknown: { vm_id: true } },
    { address: `${VM}.anew`, actions: ["delete", "create"], before: vm(103), after: vm(104) },
    { address: `${VM}.left`, actions: ["forget"], before: vm(105) },
    { address: `${VM}.goes`, actions: ["delete"], before: vm(106) },
    { address: `${VM}.old`, actions: ["delete"], before: vm(107), deposed: "abc" },
    { address: `data.${VM}.seen`, mode: "data", type: VM, actions: ["read"], before: vm(108), after: vm(108) },
  ];
  const lost: Sketch = { address: `${VM}.lost`, actions: ["delete"], before: vm(109) };
  const values = { root_module: { resources: [{ mode: "data", address: `data.${VM}.d`, type: VM, values: vm(110) }] } };
  const { claims, installations } = of(plan(objects, [lost], { prior_state: { values } }));
  assertEquals(claims.map((one) => one.slice(5, 8)), ["101", "102", "103", "104", "105", "106", "107", "109"]);
  assertEquals(installations.length, 1);
  assertEquals(installations[0]!.vanished, ["qemu/109 g109 pve1"]);
  assertEquals(installations[0]!.refreshed.map((one) => one.slice(5, 8)), ["101", "103", "105", "106"]);
});

Deno.test("guestsOf() takes endpoints from the plan, else from the environment, and keeps those apart that differ", () => {
  const block = (url: string) => ({ endpoint: { constant_value: url } });
  const source = "registry.terraform.io/bpg/proxmox";
  const there = (name: string, id: number, more = {}): Sketch => ({
    ...{ address: `${VM}.${name}`, actions: ["no-op"], before: vm(id), after: vm(id) },
    ...more,
  });
  const resource = (name: string, provider_config_key: string) => ({ address: `${VM}.${name}`, provider_config_key });
  const endpoints = (json: Plan, variables = {}) =>
    of(json, { variables }).installations.map(({ endpoint, refreshed }) => [endpoint, refreshed.length]);

  const two = plan([there("a", 101), there("b", 102)], [], {
    configuration: {
      provider_config: {
        proxmox: { full_name: source, expressions: block("https://PVE1:8006/") },
        "proxmox.site2": { full_name: source, expressions: block("https://site2:8006") },
      },
      root_module: { resources: [resource("a", "proxmox"), resource("b", "proxmox.site2")] },
    },
  });
  assertEquals(endpoints(two), [["https://pve1:8006", 1], ["https://site2:8006", 1]]);
  // Which of two it belonged to is not known of one that is no longer in the code.
  const left = plan([there("gone", 103)], [], { configuration: two.configuration! });
  assertEquals(endpoints(left), [[undefined, 1]]);

  const silent = plan([there("a", 101), there("q", 102, { address: "proxmox_vm_qemu.q", provider_name: TELMATE })]);
  assertEquals(endpoints(silent), [[undefined, 1], [undefined, 1]]);
  const variables = { PROXMOX_VE_ENDPOINT: "https://pve1:8006", PM_API_URL: "https://pve1:8006/api2/json" };
  assertEquals(endpoints(silent, variables), [["https://pve1:8006", 1], ["https://pve1:8006/api2/json", 1]]);
  // What the code computes cannot be read, and the variable is not what counts.
  const computed = plan([there("a", 101)], [], {
    configuration: {
      provider_config: { proxmox: { full_name: source, expressions: { endpoint: { references: ["local.url"] } } } },
      root_module: { resources: [resource("a", "proxmox")] },
    },
  });
  assertEquals(endpoints(computed, variables), [[undefined, 1]]);
});

Deno.test("guestsOf() names the guests that differ in power alone", async () => {
  const json = await recorded("vm_stopped");
  const { installations } = of(json, { isPowerAlone: (address) => address.includes('"web"') });
  assertEquals(installations[0]!.powers, ["qemu/101 web pve1"]);
});

Deno.test("the recorded stream of proxmox_vm gives its name alone, and the plan its number", async () => {
  const file = (ending: string) => new URL(`../../tests/fixtures/bpg_newest/short_clean.${ending}`, import.meta.url);
  const messages = parseMessages(await Deno.readTextFile(file("jsonl")));
  assertEquals(namesEveryGuest(messages), false);
  const { claims } = guestsOf(messages, JSON.parse(await Deno.readTextFile(file("json"))), CONTEXT);
  assertEquals(claims.map(short), ["qemu/102 api pve1", "qemu/101 web pve1"]);
});
