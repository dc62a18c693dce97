import { assertEquals, assertStringIncludes } from "@std/assert";
import { plan, type Sketch } from "../../tests/support/plans.ts";
import { errorOf } from "../../tests/support/failures.ts";
import { providers } from "../providers/registry.ts";
import type { Plan } from "../terraform/plan.ts";
import { vanished } from "../terraform/plan_queries.ts";
import { suspicion } from "./suspicion.ts";

const BPG = "registry.terraform.io/bpg/proxmox";
const VM = "proxmox_virtual_environment_vm";
const vm = (id: number): Sketch => ({
  address: `${VM}.v${id}`,
  actions: ["no-op"],
  before: { vm_id: id, name: `v${id}` },
  after: { vm_id: id, name: `v${id}` },
});
const gone = (one: Sketch): [Sketch, Sketch] => [
  { ...one, actions: ["create"], before: null },
  { ...one, actions: ["delete"], after: null },
];
const pool = (ids: number[], type = "proxmox_virtual_environment_pool"): Sketch => ({
  address: `${type}.p`,
  actions: ["no-op"],
  before: { pool_id: "prod", members: ids.map((id) => ({ vm_id: id, node_name: "pve2" })) },
});
const rules = (id: number, rule: unknown[]): Sketch => ({
  address: "proxmox_virtual_environment_firewall_rules.r",
  actions: ["no-op"],
  before: { vm_id: id, rule },
});

function doubt(vanishing: Sketch[], there: Sketch[], drifts: Sketch[] = []): string | undefined {
  const pairs = vanishing.map(gone);
  const one: Plan = plan([...there, ...pairs.map(([change]) => change)], [
    ...drifts,
    ...pairs.map(([, drift]) => drift),
  ]);
  const found = suspicion(one, providers);
  const error = found && errorOf(found);
  return error && `${error.class}: ${error.summary}\n${error.detail}`;
}

function summaryOf(one: Plan): string | undefined {
  const found = suspicion(one, providers);
  return found && errorOf(found).summary;
}

Deno.test("suspicion() believes that one guest was deleted", () => {
  assertEquals(doubt([vm(1)], []), undefined);
  assertEquals(doubt([vm(1)], [vm(2)]), undefined);
  assertEquals(doubt([vm(1)], [vm(2), pool([2]), rules(2, [{}])]), undefined);
});

Deno.test("suspicion() (a) does not believe that two or more and more than half of a type went at once", () => {
  assertStringIncludes(doubt([vm(1), vm(2)], []) ?? "", `2 of 2 ${VM} vanished at once`);
  assertStringIncludes(doubt([vm(1), vm(2)], [vm(3)]) ?? "", "2 of 3");
  assertEquals(doubt([vm(1), vm(2)], [vm(3), vm(4)]), undefined);
  assertEquals(doubt([vm(1), { ...vm(2), address: "proxmox_virtual_environment_container.c" }], []), undefined);
});

Deno.test("suspicion() (b) does not believe a deletion while the pool lists the guest, under either name of the type", () => {
  assertStringIncludes(
    doubt([vm(1)], [vm(2), vm(3), pool([1, 2])]) ?? "",
    "pool prod still lists guest 1 on node pve2",
  );
  assertStringIncludes(doubt([vm(1)], [pool([1], "proxmox_pool")]) ?? "", "still lists");
  assertEquals(doubt([vm(1)], [vm(2), vm(3), pool([2, 3])]), undefined);
  assertEquals(doubt([{ address: "proxmox_virtual_environment_role.x", before: { id: "1" } }], [pool([1])]), undefined);
});

Deno.test("suspicion() (c) does not believe a deletion while the VM's firewall rules are there unchanged", () => {
  assertStringIncludes(doubt([vm(1)], [rules(1, [{ action: "ACCEPT" }])]) ?? "", "1 firewall rule(s) are still there");
  assertEquals(doubt([vm(1)], [rules(1, [])]), undefined);
  assertEquals(doubt([vm(1)], [rules(2, [{ action: "ACCEPT" }])]), undefined);
  const changed = {
    ...rules(1, [{ action: "DROP" }]),
    actions: ["update"],
    before: { vm_id: 1, rule: [{ action: "ACCEPT" }] },
  };
  assertEquals(doubt([vm(1)], [rules(1, [{ action: "DROP" }])], [changed]), undefined);
});

Deno.test("suspicion() looks at guests that are no longer in the code as well", () => {
  const [, drift] = gone(vm(1));
  const [change, other] = gone(vm(2));
  const doubted = (there: Sketch[], drifts: Sketch[]) => {
    return summaryOf(plan(there, drifts));
  };
  assertEquals(doubted([vm(2)], [drift]), undefined);
  assertEquals(doubted([pool([1])], [drift]), "1 guest(s) look deleted, but Proxmox still knows them");
  assertEquals(doubted([rules(1, [{}])], [drift]), "1 guest(s) look deleted, but Proxmox still knows them");
  assertEquals(doubted([change, vm(3)], [drift, other]), `2 of 3 ${VM} vanished at once`);
  assertEquals(doubted([change, vm(3), vm(4)], [drift, other]), undefined);
});

Deno.test("suspicion() takes the word of a pool that the code only reads", () => {
  const [change, drift] = gone(vm(1));
  const one = plan([change], [drift]);
  const values = { pool_id: "prod", members: [{ vm_id: 1, node_name: "pve2" }] };
  const type = "proxmox_virtual_environment_pool";
  one.prior_state = {
    values: {
      root_module: { resources: [{ address: `data.${type}.p`, mode: "data", type, provider_name: BPG, values }] },
    },
  };
  assertStringIncludes(errorOf(suspicion(one, providers)!).detail, "pool prod still lists guest 1 on node pve2");
});

Deno.test("vanished() counts what was not found, not what the code asks for anew", () => {
  const [change, drift] = gone(vm(1));
  const addresses = (one: Plan) => vanished(one).map(({ address }) => address);
  assertEquals(addresses(plan([change], [drift])), [change.address]);
  assertEquals(addresses(plan([], [drift])), [change.address]);
  assertEquals(addresses(plan([change], [])), []);
});

Deno.test("suspicion() goes by what the refresh found of a guest's rules, also where they are to be deleted", () => {
  const [, drift] = gone(vm(1));
  const old = { ...rules(1, [{}]), actions: ["delete"] };
  const doubted = (found: unknown[]) =>
    summaryOf(plan([old], [drift, { ...rules(1, [{}]), actions: ["update"], after: { vm_id: 1, rule: found } }]));
  assertEquals(doubted([]), undefined);
  assertEquals(doubted([{}]), "1 guest(s) look deleted, but Proxmox still knows them");
});

Deno.test("suspicion() takes no word of another guest that took over the id", () => {
  const lists = (type: string) =>
    doubt([vm(1)], [vm(2), vm(3), { ...pool([]), before: { pool_id: "prod", members: [{ vm_id: 1, type }] } }]);
  assertEquals(lists("lxc"), undefined);
  assertStringIncludes(lists("qemu") ?? "", "still lists guest 1");
  const container = { ...vm(1), address: "proxmox_virtual_environment_container.c" };
  const members = (type: string) => ({ ...pool([]), before: { pool_id: "prod", members: [{ vm_id: 1, type }] } });
  assertEquals(doubt([container], [members("qemu")]), undefined);
  assertStringIncludes(doubt([container], [members("lxc")]) ?? "", "still lists guest 1");
});

Deno.test("suspicion() asks only the objects of the same installation", () => {
  const [change, drift] = gone(vm(1));
  const block = (endpoint: unknown, alias?: string) => ({
    full_name: BPG,
    ...(alias ? { alias } : {}),
    ...(endpoint === undefined ? {} : { expressions: { endpoint } }),
  });
  const doubted = (a: unknown, b: unknown, inCode = true) => {
    const key = (address: string, provider_config_key: string) => ({ address, provider_config_key });
    const one = plan([change, { ...pool([1]), ...(inCode ? {} : { actions: ["delete"] }) }], [drift], {
      variables: { url: { value: "https://a:8006/" } },
      configuration: {
        provider_config: { proxmox: block(a), "proxmox.b": block(b, "b"), aws: { full_name: "x/aws" } },
        root_module: {
          resources: [
            key(change.address, "proxmox"),
            ...(inCode ? [key("proxmox_virtual_environment_pool.p", "proxmox.b")] : []),
          ],
        },
      },
    });
    return suspicion(one, providers) !== undefined;
  };
  const [a, b] = ["https://a:8006", "https://b:8006"].map((constant_value) => ({ constant_value }));
  const known = { references: ["var.url"] }, unknown = { references: ["local.url"] };
  assertEquals([doubted(a, b), doubted(a, unknown), doubted(a, undefined), doubted(a, b, false)], [
    false,
    false,
    false,
    false,
  ]);
  assertEquals([doubted(a, a), doubted(a, known), doubted(undefined, undefined), doubted(a, known, false)], [
    true,
    true,
    true,
    true,
  ]);
});

Deno.test("suspicion() does not believe that guests left a pool which still lists them", () => {
  const inPool = (pool_id: string) => ({ vm_id: 1, node_name: "pve2", pool_id });
  const moved = (to: string, ...members: number[]) => {
    const one = plan(
      [{ ...vm(1), actions: ["update"], before: inPool(to), after: inPool("prod") }, pool(members)],
      [{ ...vm(1), actions: ["update"], before: inPool("prod"), after: inPool(to) }],
    );
    return suspicion(one, providers);
  };
  assertEquals(
    errorOf(moved("", 1)!).summary,
    "1 guest(s) look taken out of their pool, but the pool still lists them",
  );
  assertStringIncludes(errorOf(moved("", 1)!).detail, `${VM}.v1: `);
  assertStringIncludes(errorOf(moved("", 1)!).cure, "Grant the token Pool.Audit");
  assertEquals([moved("", 2), moved("lab", 1)], [undefined, undefined]);
});
