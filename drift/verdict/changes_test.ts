import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { providers } from "../providers/registry.ts";
import { Secrets } from "../../lib/secrets.ts";
import { plan, type Sketch } from "../../tests/support/plans.ts";
import { type PlanReading, readPlan } from "./changes.ts";
import type { PlanContext } from "./file_entry.ts";
import { asPlan, PlanUnreadable } from "../terraform/plan.ts";
import type { Plan } from "../terraform/plan.ts";
import type { Change } from "../report.ts";

function read(one: Plan, context: Partial<PlanContext> = {}): PlanReading {
  return readPlan(asPlan(one), {
    secrets: new Secrets(),
    recall: () => ({ isNew: true, firstSeenAt: "2026-01-01T00:00:00.000Z" }),
    accepts: () => false,
    providers,
    ...context,
  });
}

const brief = (change: Change) =>
  `${change.address} ${change.action} ${change.origin} ${change.attributes.map((one) => one.path).join(",")}`.trim();
const a = "terraform_data.a";

Deno.test("readPlan() files nothing of a plan that does nothing", () => {
  const reading = read(plan([{ address: a, actions: ["no-op"], before: { input: 1 }, after: { input: 1 } }]));
  assertEquals([reading.changes, reading.observed, reading.bookkeeping, reading.outputs, reading.anything], [
    [],
    [],
    [],
    [],
    false,
  ]);
  assertEquals(reading.resources, 1);
});

Deno.test("readPlan() decides the origin by leaf, not by the drift entry", () => {
  const reading = read(plan(
    [{ address: a, before: { memory: 1, flags: [] }, after: { memory: 2, flags: [] } }],
    [{ address: a, before: { memory: 1, flags: null }, after: { memory: 1, flags: [] } }],
  ));
  assertEquals(reading.changes.map(brief), [`${a} update pending memory`]);
  assertEquals(reading.observed, []);
});

Deno.test("readPlan() gives the last state's value where it is neither of the two", () => {
  const [change] =
    read(plan([{ address: a, before: { m: 4 }, after: { m: 3 } }], [{ address: a, before: { m: 2 }, after: { m: 4 } }]))
      .changes;
  assertEquals(change!.attributes, [{
    path: "m",
    sensitive: false,
    origin: "both",
    expected: 3,
    actual: 4,
    previous: 2,
    isNew: true,
    firstSeenAt: "2026-01-01T00:00:00.000Z",
  }]);
});

Deno.test("readPlan() says what Proxmox calls the thing behind a change, unless a secret stands in its name", () => {
  const vm = { vm_id: 101, node_name: "pve2" }, address = "proxmox_virtual_environment_vm.web";
  const moved = plan(
    [{ address, before: vm, after: { ...vm, node_name: "pve1" } }],
    [{ address, before: { ...vm, node_name: "pve1" }, after: vm }],
  );
  assertEquals(read(moved).changes[0]!.identity, { kind: "qemu", id: "101", node: "pve2" });
  const gone = plan(
    [{ address, actions: ["create"], after: { node_name: "pve1" } }],
    [{ address, actions: ["delete"], before: vm }],
  );
  assertEquals(read(gone).changes[0]!.identity, { kind: "qemu", id: "101", node: "pve2" });
  const secrets = new Secrets();
  secrets.add(["hunter2-node"]);
  const secret = plan([{ address, before: { ...vm, node_name: "hunter2-node" }, after: vm }]);
  assertEquals(read(secret, { secrets }).changes[0]!.identity, undefined);
  assertEquals(read(plan([{ address: a, before: { input: 1 }, after: { input: 2 } }])).changes[0]!.identity, undefined);
});

Deno.test("readPlan() takes a drift delete that is created anew for an outside change, a plain create for pending", () => {
  const reading = read(plan(
    [{ address: a, actions: ["create"], after: { m: 1 } }, {
      address: "terraform_data.b",
      actions: ["create"],
      after: { m: 1 },
    }],
    [{ address: a, actions: ["delete"], before: { m: 1 } }],
  ));
  assertEquals(reading.changes.map(brief), [`${a} create outside`, "terraform_data.b create pending"]);
  assertEquals(reading.resources, 1);
});

Deno.test("readPlan() takes OpenTofu's forget and create for a replacement that leaves the old one behind", () => {
  const forget = { address: a, actions: ["forget", "create"], before: { node: 1, x: 1 }, after: { node: 2, x: 2 } };
  const [change, ...more] = read(plan([{ ...forget, replace: [["node"]] }])).changes;
  assertEquals([brief(change!), more], [`${a} replace pending node`, []]);
  assertStringIncludes(change!.note!, "leave the old one behind");
});

Deno.test("readPlan() counts both orders of a replacement once, with what forces it and what drifted", () => {
  for (const actions of [["delete", "create"], ["create", "delete"]]) {
    const [change, ...more] = read(plan([{
      address: a,
      actions,
      before: { node: "pve2", machine: "", cores: 2, mem: 8 },
      after: { node: "pve1", machine: null, cores: 4, mem: 4 },
      replace: [["node"]],
    }], [{
      address: a,
      before: { node: "pve1", machine: "", cores: 2, mem: 4 },
      after: { node: "pve2", machine: "", cores: 2, mem: 8 },
    }])).changes;
    assertEquals(more, []);
    assertEquals(brief(change!), `${a} replace outside node,mem`);
  }
});

Deno.test("readPlan() takes the replacement of a tainted object for pending", () => {
  const [change] = read(
    plan([{
      address: a,
      actions: ["delete", "create"],
      before: { m: 1 },
      after: { m: 1 },
      action_reason: "replace_because_tainted",
    }]),
  ).changes;
  assertEquals([change!.origin, change!.reason, change!.attributes], ["pending", "replace_because_tainted", []]);
});

Deno.test("readPlan() says both where a replacement has another reason than what drifted", () => {
  const drift = { address: a, before: { m: 2, f: "x" }, after: { m: 4, f: "x" } };
  const replaced = { address: a, actions: ["delete", "create"], before: drift.after, after: { m: 2, f: "x" } };
  for (const action_reason of ["replace_because_tainted", "replace_by_triggers"]) {
    assertEquals(read(plan([{ ...replaced, action_reason }], [drift])).changes.map(brief), [`${a} replace both m`]);
  }
  const unknown = { ...replaced, after: { m: 2 }, unknown: { f: true }, replace: [["f"]] };
  const [change] = read(plan([unknown], [drift])).changes;
  assertEquals([brief(change!), change!.note], [
    `${a} replace both m`,
    "forced by a value that is known only after apply",
  ]);
});

Deno.test("readPlan() says both where the code asks for something unknown and something drifted", () => {
  const code = { address: a, expressions: { m: { constant_value: 2 }, f: { references: ["x.y.id", "x.y"] } } };
  const origin = (drifted: unknown) =>
    read(plan([{ address: a, before: drifted, after: { m: 2 }, unknown: { f: true, id: true } }], [{
      address: a,
      before: { m: 2, f: "x", id: 1 },
      after: drifted,
    }], { configuration: { root_module: { resources: [code] } } })).changes.map(brief);
  assertEquals(origin({ m: 4, f: "x", id: 1 }), [`${a} update both m`]);
  assertEquals(origin({ m: 2, f: "y", id: 1 }), [`${a} update both`]);
  assertEquals(origin({ m: 2, f: "x", id: 2 }), [`${a} update pending`]);
});

Deno.test("readPlan() takes for computed what a variable alone leaves open", () => {
  const change: Sketch = { address: a, before: { name: "x", mac: "1" }, after: { name: "a" }, unknown: { mac: true } };
  const drift: Sketch = { address: a, before: { name: "a", mac: "1" }, after: { name: "x", mac: "1" } };
  const origin = (mac: unknown) =>
    read(plan([change], [drift], {
      configuration: { root_module: { resources: [{ address: a, expressions: { mac } }] } },
    })).changes.map(brief);
  assertEquals(origin({ references: ["var.mac"] }), [`${a} update outside name`]);
  assertEquals(origin({ references: ["local.mac"] }), [`${a} update both name`]);
  assertEquals(origin({}), [`${a} update both name`]);
  // A part of an expression without any reference, as `{ ts = timestamp() }` is.
  const part: Sketch = { ...change, before: { name: "x", input: { ts: "1" } }, unknown: { input: { ts: true } } };
  const configuration = { root_module: { resources: [{ address: a, expressions: { input: {} } }] } };
  const moved: Sketch = {
    ...drift,
    before: { name: "a", input: { ts: "1" } },
    after: { name: "x", input: { ts: "1" } },
  };
  assertEquals(read(plan([part], [moved], { configuration })).changes.map(brief), [`${a} update both name`]);
});

Deno.test("readPlan() says of a replacement what forces it where its value is unknown", () => {
  const [change] = read(
    plan([{
      address: a,
      actions: ["delete", "create"],
      before: { f: "x" },
      after: {},
      unknown: { f: true },
      replace: [["f"]],
    }]),
  ).changes;
  assertEquals([change!.attributes, change!.note], [[], "forced by a value that is known only after apply"]);
});

Deno.test("readPlan() lists a deposed object as a delete beside its successor", () => {
  const reading = read(plan([
    { address: a, actions: ["no-op"], before: { m: 1 }, after: { m: 1 } },
    { address: a, actions: ["delete"], before: { m: 0 }, deposed: "abcd1234" },
  ], [{ address: a, before: { m: 0 }, after: { m: 1 } }]));
  assertEquals(reading.changes.map(brief), [`${a} delete pending`]);
  assertEquals(reading.changes[0]!.note?.startsWith("deposed object abcd1234"), true);
  assertEquals(reading.observed.map(brief), [`${a} update outside m`]);
});

Deno.test("readPlan() lists what the plan does not act on as observed", () => {
  const reading = read(plan(
    [{ address: a, actions: ["no-op"], before: { tags: ["x"], id: 1 }, after: { tags: ["x"], id: 1 } }],
    [
      { address: a, before: { tags: [], id: 1 }, after: { tags: ["x"], id: 1 } },
      { address: "terraform_data.gone", actions: ["delete"], before: { id: 1 } },
    ],
  ));
  assertEquals(reading.changes, []);
  assertEquals(reading.observed.map(brief), [`${a} update outside tags`, "terraform_data.gone delete outside"]);
  assertEquals(reading.observed.map(({ firstSeenAt }) => firstSeenAt), Array(2).fill("2026-01-01T00:00:00.000Z"));
  const [tags] = reading.observed[0]!.attributes;
  assertEquals([tags!.expected, tags!.actual], [[], ["x"]]);
});

Deno.test("readPlan() lists moves, imports, forgets and deferred reads as bookkeeping", () => {
  const same: Partial<Sketch> = { before: { m: 1 }, after: { m: 1 } };
  const reading = read(plan([
    { address: "terraform_data.moved", actions: ["no-op"], previous_address: "terraform_data.old", ...same },
    { address: "terraform_data.imported", actions: ["no-op"], importing: { id: "1" }, ...same },
    { address: "terraform_data.forgotten", actions: ["forget"], before: { m: 1 } },
    { address: "data.x_y.late", mode: "data", actions: ["read"], action_reason: "read_because_config_unknown" },
    { address: "data.x_y.nested", mode: "data", actions: ["read"], action_reason: "read_because_check_nested" },
  ]));
  assertEquals(reading.changes, []);
  assertEquals(reading.bookkeeping.map((one) => `${one.address} ${one.action}`), [
    "data.x_y.late read",
    "terraform_data.forgotten forget",
    "terraform_data.imported import",
    "terraform_data.moved move",
  ]);
});

Deno.test("readPlan() lists outputs apart and masks them", () => {
  const output = (before: unknown, after: unknown, sensitive = false) => ({
    actions: ["update"],
    before,
    after,
    after_unknown: false,
    before_sensitive: sensitive,
    after_sensitive: sensitive,
  });
  const reading = read(plan([], [], {
    output_changes: {
      ip: output("1", "2"),
      key: output("sekret-1", "sekret-2", true),
      same: { ...output(1, 1), actions: ["no-op"] },
    },
  }));
  assertEquals(reading.changes, []);
  assertEquals(reading.outputs, [
    { name: "ip", action: "update", sensitive: false, expected: "2", actual: "1" },
    { name: "key", action: "update", sensitive: true, expected: "(sensitive)", actual: "(sensitive)" },
  ]);
  assertEquals(reading.anything, true);
});

Deno.test("readPlan() keeps for_each string keys in addresses", () => {
  const address = 'module.vm["a.b/c [x]"].proxmox_virtual_environment_vm.this';
  const [change] = read(
    plan([{
      address,
      before: { name: "x", vm_id: 1 },
      after: { name: "y", vm_id: 1 },
      module_address: 'module.vm["a.b/c [x]"]',
    }]),
  ).changes;
  assertEquals([change!.address, change!.module], [address, 'module.vm["a.b/c [x]"]']);
});

Deno.test("readPlan() says of an incomplete plan why no verdict can rest on it", () => {
  assertEquals(read(plan([], [], { complete: false })).incomplete, { kind: "says-so" });
  assertEquals(
    read(plan([], [], { complete: false, deferred_changes: [{}] })).incomplete,
    { kind: "deferred", count: 1 },
  );
  assertEquals(read(plan([], [], { complete: false, errored: true })).incomplete, undefined);
});

Deno.test("readPlan() takes a plan for incomplete that passes over objects of the state, as -refresh-only and -target do", () => {
  const inState = (...addresses: string[]) => ({
    values: {
      root_module: {
        resources: [{ address: "data.x.d", mode: "data" }],
        child_modules: [{ resources: addresses.map((address) => ({ address, mode: "managed" })) }],
      },
    },
  });
  const same = { address: "module.m.x.a", actions: ["no-op"], before: {}, after: {} };
  const drift = { address: "x.b", before: { m: 1 }, after: { m: 2 } };
  const passesOver = (...addresses: string[]) => ({
    kind: "passes-over" as const,
    addresses,
    where: "state" as const,
  });
  assertEquals(read(plan([same], [], { prior_state: inState("module.m.x.a") })).incomplete, undefined);
  assertEquals(
    read(plan([same], [], { prior_state: inState("module.m.x.a", "module.m.x.c", "module.m.x.d") })).incomplete,
    passesOver("module.m.x.c", "module.m.x.d"),
  );
  assertEquals(read(plan([], [drift])).incomplete, passesOver("x.b"));
  assertEquals(read(plan([], [{ ...drift, actions: ["delete"], after: null }])).incomplete, undefined);
  assertEquals(read(plan([], [drift], { errored: true })).incomplete, undefined);
  const planned_values = inState("module.m.x.c").values;
  assertEquals(read(plan([same], [], { planned_values })).incomplete, passesOver("module.m.x.c"));
});

Deno.test("readPlan() warns of check blocks that fail", () => {
  const reading = read(
    plan([], [], {
      checks: [{ status: "pass" }, {
        status: "fail",
        address: { to_display: "check.health" },
        instances: [{ problems: [{ message: "down" }] }],
      }],
    }),
  );
  assertEquals(reading.warnings, [{ severity: "warning", summary: "Check failed: check.health", detail: "down" }]);
});

Deno.test("readPlan() sets accepted attributes aside, but never a create, delete or replace", () => {
  const accepts = () => true;
  const update = read(
    plan([{ address: a, before: { tags: ["x"], m: 1 }, after: { tags: [], m: 1 } }], [{
      address: a,
      before: { tags: [], m: 1 },
      after: { tags: ["x"], m: 1 },
    }]),
    { accepts },
  );
  assertEquals([update.changes.length, update.accepted.map(brief), update.findings.length], [0, [
    `${a} update outside tags`,
  ], 0]);
  const replace = read(
    plan([{ address: a, actions: ["delete", "create"], before: { m: 1 }, after: { m: 2 }, replace: [["m"]] }]),
    { accepts },
  );
  assertEquals([replace.changes.length, replace.accepted.length], [1, 0]);
  assertEquals(read(plan([{ address: a, actions: ["delete"], before: {} }]), { accepts }).changes.length, 1);
  const part = read(plan([{ address: a, before: { tags: ["x"], m: 1 }, after: { tags: [], m: 2 } }]), {
    accepts: (_, path) => path === "tags",
  });
  assertEquals([part.changes.map(brief), part.accepted.map(brief)], [[`${a} update pending m`], [
    `${a} update pending tags`,
  ]]);
});

Deno.test("readPlan() takes firstSeenAt from the oldest finding that is known, isNew from any that is not", () => {
  const known = "2025-12-24T00:00:00.000Z", now = "2026-01-01T00:00:00.000Z";
  const [change] = read(plan([{ address: a, before: { x: 1, y: 1 }, after: { x: 2, y: 2 } }]), {
    recall: ({ path }) => path === "x" ? { isNew: false, firstSeenAt: known } : { isNew: true, firstSeenAt: now },
  }).changes;
  assertEquals([change!.isNew, change!.firstSeenAt], [true, known]);
  assertEquals(change!.attributes.map(({ path, isNew, firstSeenAt }) => [path, isNew, firstSeenAt]), [
    ["x", false, known],
    ["y", true, now],
  ]);
});

Deno.test("readPlan() scrubs a masked value wherever else it stands, and reports masked attributes without it", () => {
  const reading = read(plan([{
    address: a,
    before: { input: "hunter2-old", output: "hunter2-old", note: "uses hunter2-old" },
    after: { input: "hunter2-new", output: "x", note: "uses hunter2-new" },
    sensitive: { input: true },
  }]));
  assertEquals(JSON.stringify(reading.changes).includes("hunter2"), false);
  assertEquals(
    reading.changes[0]!.attributes,
    ["input", "output", "note"].map((path) => ({
      path,
      sensitive: true,
      origin: "pending",
      expected: path === "note" ? "uses (sensitive)" : "(sensitive)",
      actual: path === "note" ? "uses (sensitive)" : "(sensitive)",
      isNew: true,
      firstSeenAt: "2026-01-01T00:00:00.000Z",
    })),
  );
});

Deno.test("readPlan() learns the secrets of variables that show -json has in clear", () => {
  const secrets = new Secrets();
  read(
    plan([], [], {
      variables: {
        pve: { value: "endpoint-secret" },
        handed: { value: "module-secret" },
        db_password: { value: "named-secret" },
        open: { value: "open-value" },
      },
      configuration: {
        provider_config: {
          proxmox: { expressions: { api_token: { references: ["var.pve"] }, endpoint: { references: ["var.open"] } } },
        },
        root_module: {
          variables: {},
          module_calls: {
            m: {
              expressions: { p: { references: ["var.handed"] } },
              module: { variables: { p: { sensitive: true } } },
            },
          },
        },
      },
    }),
    { secrets },
  );
  assertEquals(
    secrets.scrub("endpoint-secret module-secret named-secret open-value"),
    "(sensitive) (sensitive) (sensitive) open-value",
  );
});

Deno.test("readPlan() learns secrets in parts of variables, through modules of modules, and in blocks of providers", () => {
  const secrets = new Secrets();
  const refs = (...references: string[]) => ({ references });
  read(
    plan([], [], {
      variables: {
        db: { value: { host: "open-host", password: "part-secret" } },
        deep: { value: "deep-secret" },
        ssh: { value: { user: "open-user", pw: "block-secret" } },
        key: { value: "module-provider-secret" },
      },
      configuration: {
        provider_config: {
          proxmox: { expressions: { ssh: [{ password: refs("var.ssh.pw", "var.ssh"), user: refs("var.ssh.user") }] } },
          "module.m:x": { module_address: "module.m", expressions: { api_key: refs("var.k") } },
        },
        root_module: {
          variables: { other: { default: { token: "default-secret", host: "open-default" } } },
          module_calls: {
            m: {
              expressions: { v: refs("var.deep"), k: refs("var.key") },
              module: {
                module_calls: {
                  n: { expressions: { w: refs("var.v") }, module: { variables: { w: { sensitive: true } } } },
                },
              },
            },
          },
        },
      },
    }),
    { secrets },
  );
  const text =
    "part-secret deep-secret block-secret module-provider-secret default-secret open-host open-user open-default";
  const hidden = Array(5).fill("(sensitive)").join(" ");
  assertEquals(secrets.scrub(text), `${hidden} open-host open-user open-default`);
});

Deno.test("readPlan() learns the secrets of an object whose own plan failed, which only state and code hold", () => {
  const failed = plan([], [], {
    errored: true,
    prior_state: {
      values: {
        root_module: {
          resources: [{
            address: "x.a",
            mode: "managed",
            values: { content: "state-secret", name: "open-name" },
            sensitive_values: { content: true },
          }],
        },
      },
    },
    configuration: {
      root_module: {
        resources: [{
          address: "x.a",
          expressions: {
            input: { constant_value: { password: "code-secret", port: "open-port" } },
            block: [{ token: { constant_value: "block-secret" } }],
          },
        }],
      },
    },
  });
  const made = { references: ["var.host", "var.node"] };
  const resources = (failed.configuration as { root_module: { resources: unknown[] } }).root_module.resources;
  resources.push({
    address: "x.b",
    expressions: { source_raw: [{ data: made }], user_data: made, password: { references: ["var.pw"] } },
  });
  failed.variables = { host: { value: "open-host" }, node: { value: "open-node" }, pw: { value: "sole-secret" } };
  const secrets = new Secrets();
  read(failed, { secrets });
  assertEquals(
    secrets.scrub("state-secret code-secret block-secret sole-secret open-name open-port open-host open-node"),
    "(sensitive) (sensitive) (sensitive) (sensitive) open-name open-port open-host open-node",
  );
});

Deno.test("asPlan() refuses what is no plan", () => {
  const versions: [unknown, boolean][] = [
    [{ ...plan([]), format_version: "2.0" }, true],
    [[], false],
    [null, false],
    [{}, false],
    [{ format_version: "1.0", values: {} }, false],
    [
      { ...plan([]), resource_changes: [{ address: "a" }] },
      false,
    ],
  ];
  for (const [value, version] of versions) {
    assertEquals(assertThrows(() => asPlan(value), PlanUnreadable).version, version);
  }
  assertThrows(() => read(plan([{ address: a, actions: ["transmute"] }])), PlanUnreadable, "transmute");
});

Deno.test("readPlan() does not call an update accepted that also sets what only an apply can tell", () => {
  const accepts = (_: string, path: string) => path === "input.tags";
  const change: Sketch = {
    address: a,
    before: { input: { tags: "one", ts: "const" }, output: {} },
    after: { input: { tags: "two" } },
    unknown: { input: { ts: true }, output: true },
  };
  const configuration = (input: unknown) => ({
    configuration: { root_module: { resources: [{ address: a, expressions: { input } }] } },
  });
  for (const input of [{}, { references: ["var.x"] }]) {
    const { accepted, changes } = read(plan([change], [], configuration(input)), { accepts });
    assertEquals([accepted.map(brief), changes.map(brief)], [[`${a} update pending input.tags`], [
      `${a} update pending`,
    ]]);
    assertStringIncludes(changes[0]!.note!, "only an apply can tell: input.ts");
  }
  // What the provider computes says nothing.
  const computed: Sketch = { ...change, unknown: { output: true }, after: { input: { tags: "two", ts: "const" } } };
  const { changes } = read(plan([computed], [], configuration({ references: ["var.x"] })), { accepts });
  assertEquals(changes, []);
});

Deno.test("readPlan() shows no secret that is a key, in address, path or finding", () => {
  const secrets = new Secrets();
  secrets.add(["Hunter2Hunter2", "root"]);
  const key = 'terraform_data.c["Hunter2Hunter2"]';
  const { changes, findings } = read(
    plan([{
      address: key,
      before: { input: { Hunter2Hunter2: 1, root: 1 } },
      after: { input: { Hunter2Hunter2: 2, root: 2 } },
    }]),
    { secrets },
  );
  assertEquals(changes.map(brief), ['terraform_data.c["(sensitive)"] update pending input.(sensitive),input.root']);
  assertEquals(JSON.stringify(findings).includes("Hunter2"), false);
});

Deno.test("readPlan() names what alone differs where an apply alone can tell, and accepts it by its path", () => {
  const change: Sketch = { address: a, before: { id: "1:2", ips: ["x"] }, after: {}, unknown: { id: true, ips: true } };
  const [found] = read(plan([change])).changes;
  assertEquals([brief(found!), found!.note], [`${a} update pending`, "only values known after apply differ: id, ips"]);
  const some = read(plan([change]), { accepts: (_, path) => path === "id" });
  assertEquals(some.changes[0]!.note, "only values known after apply differ: ips");
  assertEquals(some.accepted[0]!.attributes.map(({ path, expected, actual }) => [path, expected, actual]), [
    ["id", "(known after apply)", "1:2"],
  ]);
  const all = read(plan([change]), { accepts: (_, path) => path === "id" || path === "ips" });
  assertEquals([all.changes, all.accepted.map(brief), all.findings], [[], [`${a} update pending id,ips`], []]);
  const secret = read(plan([{ ...change, sensitive: { id: true } }]), { accepts: () => true });
  assertEquals(JSON.stringify(secret.accepted).includes("1:2"), false);
  // Where something else differs, what a provider leaves open says nothing.
  const more = read(plan([{ ...change, before: { id: "1:2", m: 1 }, after: { m: 2 } }])).changes[0]!;
  assertEquals([brief(more), more.note], [`${a} update pending m`, undefined]);
});

Deno.test("readPlan() takes a replacement for what the code does not set for an outside change, never for pending", () => {
  const resources = [{ address: a, expressions: { url: { constant_value: "u" }, m: { constant_value: 1 } } }];
  const configuration = { configuration: { root_module: { resources } } };
  const replace = (more: Partial<Sketch>, drift?: Partial<Sketch>, context: Partial<PlanContext> = {}) => {
    const base: Sketch = { address: a, actions: ["delete", "create"], before: { url: "u", size: 2, m: 1 } };
    const drifts = drift ? [{ address: a, before: { url: "u", size: 1, m: 1 }, after: base.before, ...drift }] : [];
    return read(plan([{ ...base, ...more }], drifts, configuration), context).changes[0]!;
  };
  const unknown: Partial<Sketch> = { after: { url: "u", m: 1 }, unknown: { size: true }, replace: [["size"]] };
  const file = replace(unknown, {});
  assertEquals(brief(file), `${a} replace outside size`);
  assertEquals([file.attributes[0]!.expected, file.attributes[0]!.actual], [1, 2]);
  // The image upstream is another one.
  const warnings = [{
    severity: "warning" as const,
    summary: "The file size from URL has changed",
    detail: "",
    address: a,
  }];
  const image = replace(unknown, undefined, { warnings });
  assertEquals([brief(image), image.note], [`${a} replace outside`, "The file size from URL has changed"]);
  assertEquals(replace(unknown).note, "replaced for size, which the code does not set");
  const known = replace({ after: { url: "u", size: 3, m: 1 }, replace: [["size"]] });
  assertEquals(brief(known), `${a} replace outside size`);
  // Asked for by the code: another value, or none any more; and both.
  assertEquals(replace({ after: { url: "u", size: 2, m: 2 }, replace: [["m"]] }).origin, "pending");
  assertEquals(replace({ after: { url: "u", size: null, m: 1 }, replace: [["size"]] }).origin, "pending");
  assertEquals(replace({ ...unknown, after: { url: "u", m: 2 }, replace: [["size"], ["m"]] }, {}).origin, "both");
});

Deno.test("readPlan() says both of an object that is gone while its code changed", () => {
  const expressions = { m: {}, name: {}, disk: [{}], tags: {}, password: {} };
  const configuration = { root_module: { resources: [{ address: a, expressions }] } };
  const before = {
    m: 1,
    name: "x",
    id: 7,
    disk: [{ size: 8, file: "" }],
    tags: ["a", "b"],
    start: true,
    password: "****",
  };
  const story = (after: Record<string, unknown>, unknown: unknown = { id: true }) => {
    const reading = read(
      plan([{ address: a, actions: ["create"], after: { ...before, id: null, ...after }, unknown }], [{
        address: a,
        actions: ["delete"],
        before,
      }], { configuration }),
      { providers: { ...providers, isSame: (_, path, __, found) => path === "password" && found === "****" } },
    );
    return reading.changes[0]!.origin;
  };
  assertEquals(story({ m: 2 }), "both");
  assertEquals(story({ disk: [{ size: 16, file: null }] }), "both");
  assertEquals(story({ disk: [] }), "both");
  assertEquals(story({}), "outside");
  // What the provider fills in, writes another way or orders as it likes, and what the code does not set.
  assertEquals(story({ disk: [{ size: 8, file: null }], name: null, start: false }), "outside");
  assertEquals(story({ tags: ["b", "a"], password: "secret" }), "outside");
  assertEquals(story({ m: null }, { m: true }), "outside");
});

Deno.test("readPlan() sorts instances by their numbers", () => {
  const addresses = [10, 9, 2, 1].map((index) => `${a}[${index}]`);
  const { changes } = read(plan(addresses.map((address) => ({ address, before: { m: 1 }, after: { m: 2 } }))));
  assertEquals(changes.map(({ address }) => address), addresses.toReversed());
});

Deno.test("readPlan() tells no value by the name of a list's entry where values are hidden", () => {
  const type = "proxmox_virtual_environment_firewall_ipset";
  const cidr = (...names: string[]) => ({ name: "lan", cidr: names.map((name) => ({ name })) });
  const rule = (...ports: string[]) => ({ vm_id: 1, rule: ports.map((dport) => ({ type: "in", dport })) });
  const one = plan([
    { address: `${type}.s`, before: cidr("6.6.6.6", "10.0.0.1"), after: cidr("10.0.0.1") },
    { address: "proxmox_virtual_environment_firewall_rules.r", before: rule("22"), after: rule("22", "8443") },
  ]);
  const shown = read(one).changes;
  assertEquals(shown.flatMap((change) => change.attributes.map(({ path }) => path)), ['cidr["6.6.6.6"]', "rule[1]"]);
  assertEquals(shown.map(({ note }) => note), [
    "1 entry there that the code does not have: 6.6.6.6",
    "1 rule missing: in 8443",
  ]);
  const hidden = read(one, { hideText: true });
  const told = JSON.stringify([
    hidden.changes.map(({ note, attributes }) => [note, attributes.map(({ path }) => path)]),
  ]);
  assertEquals(/6\.6\.6|8443/.test(told), false, told);
  assertEquals(/6\.6\.6|8443/.test(hidden.findings.map(({ path }) => path).join()), false);
});
