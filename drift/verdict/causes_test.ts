import { assertEquals } from "@std/assert";
import { providers } from "../providers/registry.ts";
import { Secrets } from "../../lib/secrets.ts";
import { plan, type Sketch } from "../../tests/support/plans.ts";
import { readPlan } from "./changes.ts";
import type { ModuleConfiguration, ResourceConfiguration } from "../terraform/configuration.ts";
import type { Plan, StateResource } from "../terraform/plan.ts";

function read(changes: Sketch[], drifts: Sketch[], root: ModuleConfiguration, rest: Partial<Plan> = {}) {
  const { changes: found } = readPlan(plan(changes, drifts, { configuration: { root_module: root }, ...rest }), {
    secrets: new Secrets(),
    recall: () => ({ isNew: true, firstSeenAt: "" }),
    accepts: () => false,
    providers,
  });
  return found.map((one) => [one.address, one.action, one.origin, one.causedBy]);
}
const refs = (...references: string[]) => ({ references });
const file: Sketch = { address: "x_file.f", actions: ["create"], before: null, after: {}, unknown: { id: true } };
const fileGone: Sketch = { address: "x_file.f", actions: ["delete"], before: { id: "f1" } };
const vm: Sketch = {
  address: "x_vm.v",
  actions: ["delete", "create"],
  before: { file_id: "f1" },
  after: {},
  unknown: { id: true, file_id: true },
  replace: [["file_id"]],
};
const config = (expression: unknown) => ({
  resources: [{ address: "x_file.f" }, { address: "x_vm.v", expressions: { file_id: expression } }],
});

Deno.test("explain() says that a replacement follows from an object that vanished", () => {
  assertEquals(read([file, vm], [fileGone], config(refs("x_file.f.id", "x_file.f"))), [
    ["x_file.f", "create", "outside", undefined],
    ["x_vm.v", "replace", "outside", ["x_file.f"]],
  ]);
});

Deno.test("explain() says both where an outside change and the code ask for it, even where what the first leads to is unknown", () => {
  const config = {
    resources: [{ address: "x_file.f" }, {
      address: "x_vm.v",
      expressions: { file_id: refs("x_file.f.id", "x_file.f"), name: { constant_value: "n" } },
    }],
  };
  const both: Sketch = { ...vm, before: { file_id: "f1", name: "m" }, after: { name: "n" } };
  const replaced: Sketch = { ...both, replace: [["file_id"], ["name"]] };
  const updated: Sketch = { ...both, actions: ["update"] };
  for (const change of [replaced, updated]) {
    assertEquals(read([file, change], [fileGone], config).at(1)?.slice(2), ["both", ["x_file.f"]]);
  }
});

Deno.test("explain() blames nobody where the code alone asks for a new object", () => {
  assertEquals(read([file, vm], [], config(refs("x_file.f.id", "x_file.f"))).at(1), [
    "x_vm.v",
    "replace",
    "pending",
    undefined,
  ]);
});

Deno.test("explain() blames nobody to whom the attribute does not refer", () => {
  assertEquals(read([file, vm], [fileGone], config(refs("x_other.o.id"))).at(1), [
    "x_vm.v",
    "replace",
    "pending",
    undefined,
  ]);
});

Deno.test("explain() follows a computed value that moved outside, but not one that the plan puts back", () => {
  const root = {
    resources: [{ address: "x_a.a" }, { address: "x_b.b", expressions: { input: refs("x_a.a.ip", "x_a.a") } }],
  };
  const b: Sketch = { address: "x_b.b", before: { input: "1" }, after: { input: "2" } };
  const moved: Sketch = { address: "x_a.a", before: { ip: "1", m: 1 }, after: { ip: "2", m: 1 } };
  assertEquals(
    read(
      [{ address: "x_a.a", actions: ["no-op"], before: { ip: "2", m: 1 }, after: { ip: "2", m: 1 } }, b],
      [moved],
      root,
    ),
    [["x_b.b", "update", "outside", ["x_a.a"]]],
  );
  const reverted: Sketch = { address: "x_a.a", before: { ip: "1", m: 2 }, after: { ip: "1", m: 1 } };
  assertEquals(
    read([reverted, b], [{ address: "x_a.a", before: { ip: "1", m: 1 }, after: { ip: "1", m: 2 } }], root).at(1),
    ["x_b.b", "update", "pending", undefined],
  );
});

Deno.test("explain() follows references through variables and outputs of modules, to the instance of the same module", () => {
  const root = {
    module_calls: {
      disk: {
        module: {
          resources: [{ address: "x_file.f" }],
          outputs: { id: { expression: refs("x_file.f.id", "x_file.f") } },
        },
      },
      vm: {
        expressions: { image: refs("module.disk.id", "module.disk") },
        module: { resources: [{ address: "x_vm.v", expressions: { file_id: refs("var.image") } }] },
      },
    },
  };
  assertEquals(
    read(
      [{ ...file, address: "module.disk.x_file.f" }, { ...vm, address: 'module.vm["a"].x_vm.v' }],
      [{ ...fileGone, address: "module.disk.x_file.f" }],
      root,
    ).at(1),
    ['module.vm["a"].x_vm.v', "replace", "outside", ["module.disk.x_file.f"]],
  );
});

Deno.test("explain() goes by the relevant attributes where a local value hides the reference", () => {
  const local = config(refs("local.image"));
  assertEquals(
    read([file, vm], [fileGone], local, { relevant_attributes: [{ resource: "x_file.f", attribute: ["id"] }] }).at(1),
    ["x_vm.v", "replace", "outside", ["x_file.f"]],
  );
  assertEquals(read([file, vm], [fileGone], local).at(1), ["x_vm.v", "replace", "pending", undefined]);
});

Deno.test("explain() carries a cause on to what follows from the consequence", () => {
  const root = {
    resources: [
      { address: "x_file.f" },
      { address: "x_vm.v", expressions: { file_id: refs("x_file.f.id", "x_file.f") } },
      { address: "x_rule.r", expressions: { vm: refs("x_vm.v.id", "x_vm.v") } },
    ],
  };
  const rule: Sketch = { address: "x_rule.r", before: { vm: "1" }, after: {}, unknown: { vm: true } };
  assertEquals(read([file, vm, rule], [fileGone], root).find(([address]) => address === "x_rule.r"), [
    "x_rule.r",
    "update",
    "outside",
    ["x_vm.v"],
  ]);
});

Deno.test("explain() blames of several instances the one with the same key where the code says so", () => {
  const gone = ["web", "db"].map((key): Sketch => ({ ...fileGone, address: `x_file.f["${key}"]` }));
  const again = ["web", "db"].map((key): Sketch => ({ ...file, address: `x_file.f["${key}"]` }));
  const vms = ["web", "db"].map((key): Sketch => ({ ...vm, address: `x_vm.v["${key}"]` }));
  const causes = (drifted: number[], references: string[]) =>
    read([...drifted.map((at) => again[at]!), ...vms], drifted.map((at) => gone[at]!), config(refs(...references)))
      .filter(([address]) => `${address}`.startsWith("x_vm")).map(([, , origin, causedBy]) => [origin, causedBy]);
  // As Terraform lists what `x_file.f[each.key].id` refers to.
  assertEquals(causes([0], ["x_file.f", "each.key"]), [["pending", undefined], ["outside", ['x_file.f["web"]']]]);
  assertEquals(causes([0, 1], ["x_file.f", "each.key"]), [["outside", ['x_file.f["db"]']], ["outside", [
    'x_file.f["web"]',
  ]]]);
  assertEquals(causes([0], ["x_file.f"]), Array(2).fill(["outside", ['x_file.f["web"]']]));
});

Deno.test("explain() blames nobody for a code change beside a reference to what is as it was", () => {
  const root = {
    resources: [
      { address: "x_file.f" },
      { address: "x_b.b", expressions: { input: refs("x_file.f.name", "x_file.f") } },
      { address: "x_c.c", expressions: { input: refs("x_file.f.id", "x_file.f") } },
    ],
  };
  const [b, c] = ["b", "c"].map((name): Sketch => (
    { address: `x_${name}.${name}`, before: { input: "n-v1" }, after: { input: "n-v2" } }
  ));
  const follows = (file: Sketch, drift: Sketch) =>
    read([file, b!, c!], [drift], root).filter(([address]) => address !== "x_file.f").map(([, , ...rest]) => rest);
  const [asItWas, caused] = [["pending", undefined], ["outside", ["x_file.f"]]];
  const again: Sketch = { ...file, after: { name: "n" } };
  assertEquals(follows(again, { ...fileGone, before: { id: "f1", name: "n" } }), [asItWas, caused]);
  assertEquals(follows(again, { ...fileGone, before: { id: "f1", name: "other" } }), [caused, caused]);
  const replaced: Sketch = {
    ...again,
    actions: ["delete", "create"],
    before: { id: "f1", name: "n", size: 2 },
    after: { name: "n", size: 1 },
    replace: [["size"]],
  };
  const grown: Sketch = { address: "x_file.f", before: { id: "f1", name: "n", size: 1 }, after: replaced.before };
  assertEquals(follows(replaced, grown), [asItWas, caused]);
  // What drifted is not what it is replaced for.
  assertEquals(follows({ ...replaced, replace: [["other"]] }, grown), [asItWas, asItWas]);
});

Deno.test("explain() tells the parts of a block apart, in what moved and in what follows", () => {
  const device = (mac: string) => ({ network_device: [{ mac, bridge: "vmbr0" }] });
  const root = (expressions: Record<string, unknown>) => ({
    resources: [{ address: "x_vm.v" }, { address: "x_b.b", expressions }],
  });
  const moved: Sketch = { address: "x_vm.v", before: device("aa"), after: device("bb") };
  const still: Sketch = { address: "x_vm.v", actions: ["no-op"], before: device("bb"), after: device("bb") };
  const origin = (b: Omit<Sketch, "address">, expressions: Record<string, unknown>) =>
    read([still, { address: "x_b.b", ...b }], [moved], root(expressions))[0]!.slice(2);
  const input = { before: { input: "1" }, after: { input: "2" } };
  const at = (part: string) => refs(`x_vm.v.network_device[0].${part}`, "x_vm.v.network_device[0]", "x_vm.v");
  assertEquals(origin(input, { input: at("mac") }), ["outside", ["x_vm.v"]]);
  assertEquals(origin(input, { input: at("bridge") }), ["pending", undefined]);
  const disk = (size: number, id: string) => ({ disk: [{ size, id }] });
  const expressions = { disk: [{ size: { constant_value: 2 }, id: at("mac") }] };
  assertEquals(origin({ before: disk(1, "a"), after: disk(2, "a") }, expressions), ["pending", undefined]);
  assertEquals(origin({ before: disk(2, "a"), after: disk(2, "b") }, expressions), ["outside", ["x_vm.v"]]);
});

Deno.test("explain() follows each.value to what for_each refers to", () => {
  const e: Sketch = { address: 'x_b.e["k"]', before: { input: "f1" }, after: {}, unknown: { input: true } };
  const resources = (forEach: unknown) => ({
    resources: [
      { address: "x_file.f" },
      { address: "x_b.e", expressions: { input: refs("each.value") }, for_each_expression: forEach },
    ],
  });
  const caused = ['x_b.e["k"]', "update", "outside", ["x_file.f"]];
  assertEquals(read([file, e], [fileGone], resources(refs("x_file.f.id", "x_file.f")))[0], caused);
  assertEquals(read([file, e], [fileGone], resources(refs("local.all")))[0]?.slice(2), ["pending", undefined]);
  const inModule = {
    resources: [{ address: "x_file.f" }],
    module_calls: {
      m: {
        for_each_expression: refs("x_file.f.id", "x_file.f"),
        expressions: { v: refs("each.value") },
        module: { resources: [{ address: "x_b.e", expressions: { input: refs("var.v") } }] },
      },
    },
  };
  assertEquals(
    read([file, { ...e, address: 'module.m["k"].x_b.e' }], [fileGone], inModule)[0]?.slice(2),
    caused.slice(2),
  );
});

Deno.test("explain() takes nothing for a reference that the code does not make", () => {
  const t: Sketch = { address: "x_b.b", before: { input: "1", disk: [{ size: 1 }] }, after: { disk: [{ size: 2 }] } };
  const root = {
    resources: [{ address: "x_file.f" }, { address: "x_b.b", expressions: { other: refs("x_file.f.id", "x_file.f") } }],
  };
  // One that was taken out, and one that a dynamic block sets, which the plan leaves out of the code.
  assertEquals(read([file, t], [fileGone], root)[0]?.slice(2), ["pending", undefined]);
});

Deno.test("explain() follows each.value of a chained for_each to the instance of the same key, and no setting of a map", () => {
  const ids = ["a", "b"].map((key): Sketch => ({
    address: `x_b.g["${key}"]`,
    before: { input: "1" },
    after: { input: "2" },
  }));
  const moved: Sketch = { address: 'x_file.f["a"]', before: { id: "1" }, after: { id: "2" } };
  const resources = (forEach: unknown, ...value: string[]) => ({
    resources: [
      { address: "x_file.f" },
      { address: "x_b.g", expressions: { input: refs(...value) }, for_each_expression: forEach },
    ],
  });
  const origins = (root: ModuleConfiguration) =>
    read(ids, [moved], root).map(([, , origin, causedBy]) => [origin, causedBy]);
  const [led, own] = [["outside", ['x_file.f["a"]']], ["pending", undefined]];
  assertEquals(origins(resources(refs("x_file.f"), "each.value.id", "each.value")), [led, own]);
  assertEquals(origins(resources(refs("x_file.f"), "each.value.name", "each.value")), [own, own]);
  assertEquals(origins(resources(refs('x_file.f["a"].id', "x_file.f"), "each.value.size", "each.value")), [own, own]);
});

Deno.test("explain() follows what reads a data source that waits for an object to be made anew", () => {
  const root = {
    resources: [
      { address: "x_file.f" },
      { address: "data.x_d.d", mode: "data", expressions: { name: refs("x_file.f.name", "x_file.f") } },
      { address: "x_b.b", expressions: { input: refs("data.x_d.d.content", "data.x_d.d") } },
    ],
  };
  const b: Sketch = { address: "x_b.b", before: { input: "1" }, after: {}, unknown: { input: true } };
  const again: Sketch = { ...file, after: { name: "n" } };
  const caused = ["outside", ["x_file.f"]];
  assertEquals(read([again, b], [{ ...fileGone, before: { id: "1", name: "n" } }], root)[0]?.slice(2), caused);
});

Deno.test("explain() blames no object of another instance of the module", () => {
  const root = {
    module_calls: {
      m: {
        module: {
          resources: [{ address: "x_file.f" }, {
            address: "x_b.b",
            expressions: { input: refs("x_file.f.id", "x_file.f") },
          }],
        },
      },
    },
  };
  const b: Sketch = { address: 'module.m["a"].x_b.b', before: { input: "1" }, after: { input: "2" } };
  const other = { ...file, address: 'module.m["b"].x_file.f' };
  const gone = { ...fileGone, address: 'module.m["b"].x_file.f' };
  assertEquals(read([other, b], [gone], root)[0]?.slice(2), ["pending", undefined]);
});

const base: Sketch = { address: "x_base.b", before: { comment: "by hand" }, after: { comment: "managed" } };
const baseMoved: Sketch = { address: "x_base.b", before: base.after, after: base.before };
const waiting: Sketch = {
  address: "data.x_d.d",
  mode: "data",
  actions: ["read"],
  action_reason: "read_because_dependency_pending",
};
const reader = (address: string): Sketch => ({ address, before: { input: "1" }, after: {}, unknown: { input: true } });
const input = { input: refs("data.x_d.d.content", "data.x_d.d") };

Deno.test("explain() follows what a data source waits for: resources, modules, other data sources", () => {
  const root = (...depends_on: string[]): ModuleConfiguration => ({
    resources: [
      { address: "x_base.b" },
      { address: "data.x_d.d", depends_on },
      { address: "data.x_d.between", depends_on: ["x_base.b"] },
      { address: "x_b.b", expressions: input },
    ],
    module_calls: { m: { module: { resources: [{ address: "x_base.b" }] } } },
  });
  const story = (...depends_on: string[]) =>
    read([base, waiting, reader("x_b.b")], [baseMoved], root(...depends_on))[0]?.slice(2);
  assertEquals(story("x_base.b"), ["outside", ["x_base.b"]]);
  assertEquals(story("data.x_d.between"), ["outside", ["x_base.b"]]);
  assertEquals(story("x_other.o"), ["pending", undefined]);
  const inModule = read(
    [{ ...base, address: 'module.m["k"].x_base.b' }, waiting, reader("x_b.b")],
    [{ ...baseMoved, address: 'module.m["k"].x_base.b' }],
    root("module.m"),
  );
  assertEquals(inModule.find(([address]) => address === "x_b.b")?.slice(2), ["outside", ['module.m["k"].x_base.b']]);
});

Deno.test("explain() follows what a data source names itself, whatever of it has changed, but nothing further away", () => {
  const root = (expression: object): ModuleConfiguration => ({
    resources: [
      { address: "x_base.b" },
      { address: "data.x_d.d", expressions: { pool_id: expression } },
      { address: "x_b.b", expressions: input },
    ],
    variables: {},
  });
  const story = (expression: object) =>
    read([base, waiting, reader("x_b.b")], [baseMoved], root(expression))[0]?.slice(2);
  assertEquals(story(refs("x_base.b.pool_id", "x_base.b")), ["outside", ["x_base.b"]]);
  assertEquals(story(refs("x_other.o.pool_id", "x_other.o")), ["pending", undefined]);
  assertEquals(story(refs("var.x")), ["pending", undefined]);
});

Deno.test("explain() blames nobody outside for a data source that waits for the code", () => {
  const root: ModuleConfiguration = {
    resources: [{ address: "x_base.b" }, { address: "data.x_d.d", depends_on: ["x_base.b"] }, {
      address: "x_b.b",
      expressions: input,
    }],
  };
  assertEquals(read([base, waiting, reader("x_b.b")], [], root)[0]?.slice(2), ["pending", undefined]);
});

Deno.test("explain() follows what a module call waits for, to the data sources in it and in modules below", () => {
  const inner = { resources: [{ address: "data.x_d.d" }, { address: "x_b.b", expressions: input }] };
  const root: ModuleConfiguration = {
    resources: [{ address: "x_base.b" }],
    module_calls: {
      app: { depends_on: ["x_base.b"], module: { ...inner, module_calls: { deep: { module: inner } } } },
    },
  };
  for (const address of ["module.app.x_b.b", "module.app.module.deep.x_b.b"]) {
    const forced: Sketch = { ...reader(address), actions: ["delete", "create"], replace: [["input"]] };
    const found = read([base, { ...waiting, address: "module.app.data.x_d.d" }, forced], [baseMoved], root);
    assertEquals(found[0], [address, "replace", "outside", ["x_base.b"]]);
  }
});

Deno.test("explain() says of a triggered replacement that it follows from what is changed outside", () => {
  const replaced: Sketch = {
    address: "x_t.t",
    actions: ["delete", "create"],
    before: { id: "1" },
    after: {},
    unknown: { id: true },
    action_reason: "replace_by_triggers",
  };
  const pending: Sketch = { address: "x_c.c", before: { m: 1 }, after: { m: 2 } };
  const story = (changes: Sketch[], drifts: Sketch[], rest: Partial<Plan> = {}) =>
    read([...changes, replaced], drifts, {}, rest).find(([address]) => address === "x_t.t")?.slice(2);
  assertEquals(story([base], [baseMoved]), ["outside", ["x_base.b"]]);
  assertEquals(story([pending], []), ["pending", undefined]);
  assertEquals(story([base, pending], [baseMoved]), ["both", ["x_base.b"]]);
  // The state tells on which of them it depended.
  const depends = (address: string): Partial<Plan> => ({
    prior_state: {
      values: { root_module: { resources: [{ address: "x_t.t", mode: "managed", depends_on: [address] }] } },
    },
  });
  assertEquals(story([base, pending], [baseMoved], depends("x_base.b")), ["outside", ["x_base.b"]]);
  assertEquals(story([base, pending], [baseMoved], depends("x_c.c")), ["pending", undefined]);
  // What is created triggers nothing.
  assertEquals(story([file], [fileGone]), ["pending", undefined]);
  // Only an object of the same module can trigger it.
  const elsewhere = [base, baseMoved].map((one) => ({ ...one, address: "module.m.x_base.b" }));
  assertEquals(story([elsewhere[0]!], [elsewhere[1]!]), ["pending", undefined]);
});

Deno.test("explain() follows for_each and count to what came or went outside, but not for a resource that is new", () => {
  const moved: Sketch = { address: "x_base.b", before: { ips: ["1"] }, after: { ips: ["1", "2"] } };
  const still: Sketch = { ...moved, actions: ["no-op"], before: moved.after };
  const more: Sketch = { address: 'x_b.b["2"]', actions: ["create"], after: {} };
  const one: Sketch = { address: 'x_b.b["1"]', actions: ["no-op"], before: {}, after: {} };
  const less: Sketch = {
    address: 'x_b.b["3"]',
    actions: ["delete"],
    before: {},
    action_reason: "delete_because_each_key",
  };
  const expression = refs("x_base.b.ips", "x_base.b");
  const caused = ["outside", ["x_base.b"]];
  for (const block of [{ for_each_expression: expression }, { count_expression: expression }]) {
    const root = { resources: [{ address: "x_base.b" }, { address: "x_b.b", ...block }] };
    assertEquals(read([still, one, more], [moved], root)[0]?.slice(2), caused);
    assertEquals(read([still, one, less], [moved], root)[0]?.slice(2), caused);
    assertEquals(read([still, more], [moved], root)[0]?.slice(2), ["pending", undefined]);
    const called = {
      resources: [{ address: "x_base.b" }],
      module_calls: { m: { ...block, module: { resources: [{ address: "x_b.b" }] } } },
    };
    const inModule = (sketch: Sketch, key: string) => ({ ...sketch, address: `module.m["${key}"].x_b.b` });
    assertEquals(read([still, inModule(one, "1"), inModule(more, "2")], [moved], called)[0]?.slice(2), caused);
  }
});

Deno.test("explain() names the data source that may have changed, where a plan cannot tell", () => {
  const resources: ResourceConfiguration[] = [{ address: "data.x_d.d" }, { address: "x_b.b", expressions: input }, {
    address: "x_c.c",
    for_each_expression: refs("data.x_d.d.names", "data.x_d.d"),
  }];
  const root: ModuleConfiguration = { resources };
  const known: StateResource[] = [{ address: "data.x_d.d", mode: "data" }];
  const prior_state = { values: { root_module: { resources: known } } };
  const changes: Sketch[] = [
    { address: "x_b.b", before: { input: "1" }, after: { input: "2" } },
    { address: 'x_c.c["a"]', actions: ["no-op"], before: {}, after: {} },
    { address: 'x_c.c["b"]', actions: ["create"], after: {} },
  ];
  const note = "the code reads something that changed, or was itself changed: data.x_d.d";
  const notes = (more: Sketch[]) =>
    readPlan(plan([...changes, ...more], [], { prior_state, configuration: { root_module: root } }), {
      secrets: new Secrets(),
      recall: () => ({ isNew: true, firstSeenAt: "" }),
      accepts: () => false,
      providers,
    }).changes.map((one) => one.note);
  assertEquals(notes([]), [note, note]);
  // One that is read at the apply waits for the code.
  assertEquals(notes([waiting]), [undefined, undefined]);
  // Behind a local value, the state tells what it depended on.
  resources[1]!.expressions = { input: refs("local.all") };
  assertEquals(notes([]), [undefined, note]);
  const state = [{ address: "x_b.b", mode: "managed", depends_on: ["data.x_d.d", "x_file.f"] }];
  prior_state.values.root_module.resources.push(...state);
  assertEquals(notes([]), [note, note]);
  // A new instance depends on what the others do.
  resources[2]!.for_each_expression = refs("local.names");
  assertEquals(notes([]), [note, undefined]);
  const other = [{ address: 'x_c.c["a"]', mode: "managed", depends_on: ["data.x_d.d"] }];
  prior_state.values.root_module.resources.push(...other);
  assertEquals(notes([]), [note, note]);
});
