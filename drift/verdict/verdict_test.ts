import { assert, assertEquals, assertFalse, assertStringIncludes } from "@std/assert";
import { type Messages, parseMessages } from "../terraform/stream.ts";
import { Secrets } from "../../lib/secrets.ts";
import { plan } from "../../tests/support/plans.ts";
import type { Change, Status } from "../report.ts";
import { errorOf } from "../../tests/support/failures.ts";
import { providers } from "../providers/registry.ts";
import { needsPlan } from "../terraform/stream.ts";
import type { Evidence, JudgeContext } from "./evidence.ts";
import { exitCodeOf, judge } from "./verdict.ts";

const IDLE = [
  { "@level": "info", type: "version", terraform: "1.11.4", ui: "1.2" },
  { "@level": "info", type: "refresh_start", hook: { resource: { addr: "x.a" } } },
  { "@level": "info", type: "change_summary", changes: { add: 0, change: 0, import: 0, remove: 0, operation: "plan" } },
];
const stream = (...messages: unknown[]): Messages =>
  parseMessages(messages.map((one) => JSON.stringify(one) + "\n").join(""));
const diagnostic = (severity: string, summary: string, rest = {}) => ({
  "@level": severity,
  type: "diagnostic",
  diagnostic: { severity, summary, detail: "", ...rest },
});
const exit = (exitCode: number, signal?: string) => ({ exitCode, stderr: "", ...(signal ? { signal } : {}) });
const quiet = plan([{ address: "x.a", actions: ["no-op"], before: { m: 1 }, after: { m: 1 } }]);
const drifted = plan([{ address: "x.a", before: { m: 1 }, after: { m: 2 } }]);

function verdict(evidence: Evidence, context: Partial<JudgeContext> = {}) {
  return judge(evidence, {
    secrets: new Secrets(),
    recall: () => ({ isNew: true, firstSeenAt: "2026-01-01T00:00:00.000Z" }),
    accepts: () => false,
    providers,
    ...context,
  });
}
const said = (evidence: Evidence, context: Partial<JudgeContext> = {}) => {
  const { status, failure } = verdict(evidence, context);
  return failure ? `${status}:${failure.class}` : status;
};

Deno.test("judge() is ok where exit code 0, a whole stream and a summary of zero agree", () => {
  assertEquals(needsPlan(0, stream(...IDLE)), false);
  assertEquals(said({ plan: exit(0), messages: stream(...IDLE) }), "ok");
  assertEquals(verdict({ plan: exit(0), messages: stream(...IDLE) }).resources, 1);
});

Deno.test("needsPlan() wants the plan read where anything disagrees, drifted or warned", () => {
  const [version, refresh, summary] = IDLE;
  assertEquals(needsPlan(2, stream(...IDLE)), true);
  assertEquals(needsPlan(0, stream(version, refresh)), true);
  assertEquals(needsPlan(0, stream(refresh, summary)), true);
  assertEquals(needsPlan(0, stream(...IDLE, diagnostic("warning", "w"))), true);
  assertEquals(needsPlan(0, stream(...IDLE, diagnostic("warning", "w"), diagnostic("warning", "Deprecated"))), true);
  assertEquals(needsPlan(0, stream(...IDLE, diagnostic("error", "Argument is deprecated"))), true);
  assertEquals(
    needsPlan(
      0,
      stream(...IDLE, {
        "@level": "info",
        type: "resource_drift",
        change: { resource: { addr: "x.a" }, action: "update" },
      }),
    ),
    true,
  );
  assertEquals(
    needsPlan(
      0,
      stream(...IDLE, {
        "@level": "info",
        type: "planned_change",
        change: { resource: { addr: "x.a" }, action: "move" },
      }),
    ),
    true,
  );
  assertEquals(
    needsPlan(
      0,
      stream(version, {
        "@level": "info",
        type: "change_summary",
        changes: { add: 0, change: 1, import: 0, remove: 0, operation: "plan" },
      }),
    ),
    true,
  );
  assertEquals(needsPlan(0, parseMessages(IDLE.map((one) => JSON.stringify(one)).join("\n") + "\nplain text\n")), true);
});

Deno.test("judge() is ok, and keeps the warnings, where nothing but deprecations was said", () => {
  const warned = ["Deprecated", "Argument is deprecated", "Quoted references are deprecated"].map((summary) =>
    diagnostic("warning", summary)
  );
  const evidence = { plan: exit(0), messages: stream(...IDLE, ...warned) };
  assertEquals(needsPlan(0, evidence.messages), false);
  assertEquals([said(evidence), verdict(evidence).warnings.length], ["ok", 3]);
  const check = diagnostic("warning", "Check failed: check.deprecated");
  const marked = verdict({ ...evidence, messages: stream(...IDLE, ...warned, check), shown: { json: quiet } }).warnings;
  assertEquals(marked.map(({ deprecation }) => deprecation?.isNew), [true, true, true, undefined]);
});

Deno.test("judge() never concludes ok from an exit code alone", () => {
  const [version, refresh] = IDLE;
  assertEquals(said({ plan: exit(0), messages: stream() }), "error:unknown");
  assertEquals(said({ plan: exit(0), messages: stream(version, refresh) }), "error:unknown");
  assertEquals(said({ plan: exit(0), messages: stream(version, refresh), shown: { json: quiet } }), "error:unknown");
  assertEquals(said({ plan: exit(2), messages: stream(...IDLE) }), "error:unknown");
  assertEquals(said({}), "error:unknown");
});

Deno.test("judge() is no ok where somebody promised a change and none is listed", () => {
  const [version, refresh, summary] = IDLE;
  const planned = {
    "@level": "info",
    type: "planned_change",
    change: { resource: { addr: "x.a", resource_type: "x" }, action: "update" },
  };
  const counted = {
    "@level": "info",
    type: "change_summary",
    changes: { add: 0, change: 1, import: 0, remove: 0, operation: "plan" },
  };
  assertEquals(said({ messages: stream(version, refresh, counted) }), "error:unknown");
  assertEquals(said({ messages: stream(version, planned, summary), shown: { json: quiet } }), "error:unknown");
  assertEquals(said({ shown: { json: { ...quiet, applyable: true } } }), "error:unknown");
  assertEquals(said({ messages: stream(refresh, summary) }), "error:unknown");
  assertEquals(said({ messages: stream(...IDLE), shown: { json: { ...quiet, applyable: false } } }), "ok");
});

Deno.test("judge() goes by the plan where exit code and plan disagree", () => {
  assertEquals(said({ plan: exit(0), messages: stream(...IDLE), shown: { json: drifted } }), "drift");
  assertEquals(said({ plan: exit(2), messages: stream(...IDLE), shown: { json: quiet } }), "error:unknown");
  assertEquals(said({ shown: { json: quiet } }), "ok");
  assertEquals(said({ shown: { json: drifted } }), "drift");
});

Deno.test("judge() has an error for a killed child, whatever it wrote", () => {
  assertEquals(said({ plan: exit(137, "SIGKILL"), messages: stream(...IDLE), shown: { json: quiet } }), "error:killed");
  assertEquals(said({ plan: exit(143, "SIGTERM"), messages: stream(IDLE[0]) }), "error:killed");
});

Deno.test("judge() has an error for a plan that is damaged, of another format or incomplete", () => {
  assertEquals(
    said({
      plan: exit(2),
      messages: stream(...IDLE),
      shown: { problem: "Cannot read the plan: cut" },
    }),
    "error:unknown",
  );
  assertEquals(said({ shown: { json: { ...quiet, format_version: "2.0" } } }), "error:version-mismatch");
  assertEquals(said({ shown: { json: { ...quiet, complete: false } } }), "error:unknown");
  assertEquals(said({ shown: { json: { ...quiet, errored: true } } }), "error:unknown");
});

Deno.test("judge() refuses Terraform and OpenTofu before 1.8", () => {
  const old = (tool: string, version: string) =>
    said({
      plan: exit(0),
      messages: stream({ "@level": "info", type: "version", [tool]: version, ui: "1.2" }, ...IDLE.slice(1)),
    });
  assertEquals([
    old("terraform", "1.7.5"),
    old("tofu", "1.6.0"),
    old("terraform", "1.8.0"),
    old("terraform", "1.10.0"),
    old("tofu", "2.0.0"),
  ], ["error:version-mismatch", "error:version-mismatch", "ok", "ok", "ok"]);
});

Deno.test("judge() lists what an errored plan could read, and does not vouch for what vanished in it", () => {
  const errored = plan(
    [{ address: "x.a", before: { m: 1 }, after: { m: 2 } }, { address: "x.gone", actions: ["create"], after: {} }],
    [{ address: "x.gone", actions: ["delete"], before: { m: 1 } }],
    { errored: true, complete: false },
  );
  const { status, failure, changes } = verdict({
    plan: exit(1),
    messages: stream(
      IDLE[0],
      diagnostic("error", "received an HTTP 403 response - Reason: Permission check failed (/vms/201, VM.Audit)"),
    ),
    shown: { json: errored },
  });
  assertEquals([status, failure?.class], ["error", "permission"]);
  assertEquals(changes.map((one) => [one.address, one.confirmed]), [["x.a", true], ["x.gone", false]]);
});

Deno.test("judge() (d) suspects an empty state where the last run knew resources", () => {
  const empty = {
    plan: exit(2),
    messages: stream(...IDLE),
    shown: { json: plan([{ address: "x.a", actions: ["create"], after: {} }]) },
  };
  const known = { previousResources: 3 };
  assertEquals(said(empty, known), "error:suspect");
  assertEquals(verdict(empty, known).changes.length, 1);
  const nothing = { plan: exit(0), messages: stream(IDLE[0], IDLE[2]), shown: { json: plan([]) } };
  assertEquals(said(nothing, known), "error:suspect");
  assertEquals(said(nothing), "ok");
  const never = verdict(empty, { previousResources: 0, stateAt: 'key "prod.tfstate"' });
  assertEquals([never.status, never.warnings[0]?.summary], ["drift", 'The state is empty: key "prod.tfstate"']);
  const first = verdict(empty, { stateAt: 'backend "s3", key "prod.tfstate", workspace "default"' });
  assertEquals(first.status, "drift");
  assertStringIncludes(first.warnings[0]!.summary, 'key "prod.tfstate", workspace "default"');
});

Deno.test("judge() says a repeated warning once", () => {
  const warn = (address: string) => ({
    "@level": "warn",
    type: "diagnostic",
    diagnostic: { severity: "warning", summary: "Deprecated", detail: "Use the other", address },
  });
  const { warnings } = verdict({
    plan: exit(0),
    messages: stream(...IDLE, warn("x.a"), warn("x.b"), warn("x.c")),
    shown: { json: quiet },
  });
  assertEquals(warnings, [{
    severity: "warning",
    summary: "Deprecated",
    detail: "Use the other (and 2 more)",
    address: "x.a",
    deprecation: { isNew: true },
  }]);
});

Deno.test("judge() looks at each warning once, however often one is repeated", () => {
  const many = Array.from({ length: 200_000 }, (_, i) => diagnostic("warning", "the same", { address: `x.a[${i}]` }));
  const began = performance.now();
  const messages = parseMessages([...IDLE, ...many].map((one) => JSON.stringify(one)).join("\n"));
  const { warnings } = verdict({ plan: exit(0), messages, shown: { json: quiet } });
  assertEquals([warnings.length, warnings[0]!.detail.endsWith("(and 199999 more)")], [1, true]);
  // Copying the list of those found so far for each takes minutes.
  assert(performance.now() - began < 20_000);
});

Deno.test("judge() keeps no word of Terraform's where values are hidden", () => {
  const { failure, warnings } = verdict({
    plan: exit(1),
    messages: stream(IDLE[0], diagnostic("warning", "w-canary"), diagnostic("error", "e-canary 403")),
  }, { hideText: true });
  const hidden = errorOf(failure!, true);
  assertEquals(JSON.stringify([hidden, warnings]).includes("canary"), false);
  assertEquals([hidden.class, hidden.summary.includes(hidden.class)], ["unknown", true]);

  const gone = { plan: exit(0), messages: stream(IDLE[0], IDLE[2]), shown: { json: plan([]) } };
  const suspect = verdict(gone, { previousResources: 3 }).failure!;
  assertStringIncludes(errorOf(suspect, true).cure, "remove memory/ENV.json");

  const refused = verdict({
    plan: exit(1),
    messages: stream(
      IDLE[0],
      diagnostic("error", "canary: received an HTTP 403 response - Reason: Permission check failed (/vms/7, VM.Audit)"),
    ),
  }).failure!;
  const { cure } = errorOf(refused, true);
  assertStringIncludes(cure, "pveum acl modify PATH");
  assertEquals([cure.includes("canary"), cure.includes("/vms/7"), cure.includes("S3")], [false, false, false]);
});

Deno.test("exitCodeOf() keeps Terraform's meaning of 0, 1 and 2, and adds 3", () => {
  const change = (action: string, origin = "outside") => ({ action, origin }) as Change;
  const env = (status: Status, changes: Change[] = [], cls = "network") => ({
    status,
    changes,
    ...(status === "error" ? { error: { class: cls as "network" } } : {}),
  });
  assertEquals(exitCodeOf([env("ok"), env("ok")]), 0);
  assertEquals(exitCodeOf([env("ok"), env("error")]), 1);
  assertEquals(exitCodeOf([env("ok"), env("drift", [change("update")])]), 2);
  assertEquals(exitCodeOf([env("drift", [change("update")]), env("error")]), 3);
  assertEquals(exitCodeOf([env("error", [change("update")])]), 3);
  assertEquals(exitCodeOf([env("error", [change("create")])]), 1);
  assertEquals(exitCodeOf([env("error", [change("create", "pending")])]), 3);
  assertEquals(exitCodeOf([env("error", [change("update")], "suspect")]), 1);
});

Deno.test("judge() makes an error of a plan that is not as Terraform writes it, wherever that shows", () => {
  const odd: [string, unknown][] = [
    ["terraform_version", 5],
    ["output_changes", { z: null }],
    ["checks", 5],
    ["prior_state", { values: { root_module: { resources: [null] } } }],
    ["relevant_attributes", 7],
  ];
  for (const [key, value] of odd) {
    assertEquals(
      said({ shown: { json: { ...drifted, [key]: value } } }),
      key === "relevant_attributes" ? "drift" : "error:unknown",
      key,
    );
  }
});

Deno.test("judge() takes no plan for whole that was made with -target", () => {
  const targeted = stream(...IDLE, diagnostic("warning", "Resource targeting is in effect"));
  assertEquals(said({ messages: targeted }), "error:unknown");
});

Deno.test("judge() hides what Terraform says where values are hidden, not what we say", () => {
  const create = plan([{ address: "x.a", actions: ["create"], before: null, after: {} }]);
  const { warnings } = verdict({
    plan: exit(2),
    messages: stream(...IDLE.slice(0, 2), diagnostic("warning", "w"), {
      "@level": "info",
      type: "change_summary",
      changes: { add: 1, change: 0, import: 0, remove: 0, operation: "plan" },
    }),
    shown: { json: create },
  }, { hideText: true, stateAt: 'backend "s3"' });
  assertEquals(warnings.map(({ summary }) => summary), ["(hidden)", 'The state is empty: backend "s3"']);
});

Deno.test("judge() does not believe a plan that refreshed nothing of what the state holds, as with -refresh=false", () => {
  const unrefreshed = stream(IDLE[0], IDLE[2]);
  assertEquals(said({ plan: exit(0), messages: unrefreshed, shown: { json: quiet } }), "error:unknown");
  assertEquals(said({ messages: unrefreshed }), "error:unknown");
  assertEquals(said({ plan: exit(0), messages: unrefreshed }), "error:unknown");
  const of = (change: Parameters<typeof plan>[0][number]) =>
    said({ plan: exit(2), messages: unrefreshed, shown: { json: plan([change]) } });
  assertEquals(of({ address: "x.a", actions: ["create"], after: {} }), "drift");
  assertEquals(of({ address: "x.a", actions: ["no-op"], before: {}, after: {}, importing: { id: "1" } }), "ok");
  assertEquals(of({ address: "x.a", actions: ["forget"], before: {} }), "ok");
  assertEquals(of({ address: "x.a", actions: ["update"], before: { m: 1 }, after: { m: 2 } }), "error:unknown");
  // An import tells of a refresh too.
  const importing = { "@level": "info", type: "refresh_start", hook: { resource: { addr: "x.c" } } };
  const imported = plan([
    { address: "x.a", actions: ["no-op"], before: {}, after: {} },
    { address: "x.c", actions: ["no-op"], before: {}, after: {}, importing: { id: "1" } },
  ]);
  assertEquals(said({ messages: stream(IDLE[0], importing, IDLE[2]), shown: { json: imported } }), "error:unknown");
});

Deno.test("judge() (d) does not take an import for something that the state held", () => {
  const imported = plan([{ address: "x.a", actions: ["no-op"], before: {}, after: {}, importing: { id: "1" } }]);
  assertEquals(said({ shown: { json: imported } }, { previousResources: 1 }), "error:suspect");
  assertEquals(verdict({ shown: { json: imported } }).resources, 0);
});

Deno.test("judge() gives each of its reasons for what it rests on", () => {
  const [version, refresh, summary] = IDLE;
  const planned = {
    "@level": "info",
    type: "planned_change",
    change: { resource: { addr: "x.a", resource_type: "x" }, action: "update" },
  };
  const gone = (name: string) => ({ address: `x.${name}`, actions: ["delete"], before: { m: 1 } });
  const plain = (...lines: string[]) => parseMessages([...IDLE.map((one) => JSON.stringify(one)), ...lines].join("\n"));
  const inState = { values: { root_module: { resources: [{ address: "x.b", mode: "managed" }] } } };
  const cases: [string, Evidence, Partial<JudgeContext>?][] = [
    ["nothing-to-judge", {}],
    ["program-too-old", { messages: stream({ ...version, terraform: "1.7.5" }, refresh, summary) }],
    ["plan-unreadable", { shown: { json: [] } }],
    ["plan-unreadable", { shown: { problem: "Cannot read the plan: cut" } }],
    ["plan-of-unknown-format", { shown: { json: { ...quiet, format_version: "2.0" } } }],
    ["plan-malformed", { shown: { json: { ...drifted, checks: 5 } } }],
    ["plan-deferred", { shown: { json: { ...quiet, complete: false, deferred_changes: [{}, {}] } } }],
    ["plan-says-incomplete", { shown: { json: { ...quiet, complete: false } } }],
    ["plan-passes-over", { shown: { json: { ...quiet, prior_state: inState } } }],
    ["plan-hidden-by-script", { plan: { ...exit(0), script: "/opt/tf" }, messages: stream(...IDLE) }],
    ["run-is-remote", { plan: exit(0), messages: plain("Running plan in HCP Terraform. Output will stream here.") }],
    ["plan-targeted", { messages: stream(...IDLE, diagnostic("warning", "Resource targeting is in effect")) }],
    ["plan-without-refresh", { messages: stream(version, summary) }],
    ["plan-lacks-changes", { shown: { json: { ...quiet, applyable: true } } }],
    ["plan-missing", { plan: exit(2), messages: stream(version, refresh, planned, summary) }],
    ["error-untold", { shown: { json: { ...quiet, errored: true } } }],
    ["stream-cut", { messages: stream(version, refresh) }],
    ["stream-headless", { messages: stream(refresh, summary) }],
    ["stream-damaged", { messages: plain("plain text") }],
    ["command-silent", { plan: exit(1), messages: stream(version) }],
    ["killed-by-signal", { plan: exit(137, "SIGKILL"), messages: stream(version) }],
    ["crashed", { plan: exit(11), messages: stream(version) }],
    ["program-not-started", { plan: exit(127), messages: stream() }],
    ["told", { plan: exit(1), messages: stream(version, diagnostic("error", "Something odd")) }],
    ["state-emptied", { shown: { json: plan([]) } }, { previousResources: 3 }],
    ["objects-vanished", { shown: { json: plan([], [gone("a"), gone("b")]) } }],
  ];
  for (const [reason, evidence, context] of cases) assertEquals(verdict(evidence, context).failure?.reason, reason);
});

Deno.test("judge() gives cures that no word of an address or a message can turn", () => {
  const cureOf = (evidence: Evidence) => errorOf(verdict(evidence).failure!).cure;
  const targeted = cureOf({ messages: stream(...IDLE, diagnostic("warning", "Resource targeting is in effect")) });
  const deferred = cureOf({ shown: { json: { ...quiet, complete: false, deferred_changes: [{}] } } });
  for (const cure of [targeted, deferred]) assertFalse(/disk|df -h/.test(cure), cure);
  const stopped = cureOf({
    plan: exit(143, "SIGTERM"),
    messages: stream(IDLE[0], diagnostic("error", "module.server_room holds no memory")),
  });
  assertFalse(/OOM/.test(stopped), stopped);
  const gone = (name: string) => ({
    address: `module.state["${name}"].proxmox_virtual_environment_vm.empty`,
    actions: ["delete"],
    before: { vm_id: 1 },
  });
  const suspect = cureOf({ shown: { json: plan([], [gone("a"), gone("b")]) } });
  assertStringIncludes(suspect, "Do not apply");
  assertFalse(suspect.includes("memory/ENV.json"), suspect);
});

Deno.test("judge() believes no ok behind a script before it has read a plan that says something of everything", () => {
  const behind = (json: unknown) =>
    verdict({ plan: { ...exit(0), script: "/opt/tf" }, messages: stream(...IDLE), shown: { json } });
  assertEquals(behind(quiet).status, "ok");
  const prior_state = { values: { root_module: { resources: [{ address: "x.b", mode: "managed" }] } } };
  const { failure } = behind({ ...quiet, prior_state });
  assertEquals([failure?.class, failure?.reason], ["unknown", "plan-passes-over"]);
  const { summary, cure } = errorOf(failure!);
  assertStringIncludes(summary, "x.b, which the state holds");
  assertStringIncludes(cure, '"/opt/tf"');
});

Deno.test("judge() believes no plan of an empty state that says nothing of what the code asks for, as -refresh-only has it", () => {
  const resource = (name: string, rest = {}) => ({ address: `x.${name}`, mode: "managed", type: "x", ...rest });
  const module = (rest = {}) => ({ module_calls: { m: { module: { resources: [resource("b")] }, ...rest } } });
  const of = (root_module: unknown, ...planned: string[]) => {
    const creates = planned.map((address) => ({ address, actions: ["create"], before: null, after: {} }));
    return verdict({ shown: { json: { ...plan(creates), configuration: { root_module } } } });
  };
  const count_expression = { constant_value: 0 };
  const said = (root_module: unknown, ...planned: string[]) => {
    const { status, failure } = of(root_module, ...planned);
    return failure?.reason ?? status;
  };
  assertEquals(said({ resources: [resource("a")] }), "plan-passes-over");
  assertEquals(said(module()), "plan-passes-over");
  assertStringIncludes(errorOf(of(module()).failure!).summary, "module.m.x.b, which the code asks for");
  assertEquals(said({ resources: [resource("a")] }, "x.a"), "drift");
  for (
    const none of [
      {},
      { resources: [resource("a", { count_expression })] },
      { resources: [{ ...resource("a"), address: "data.x.a", mode: "data" }] },
      module({ for_each_expression: { references: ["var.x"] } }),
    ]
  ) assertEquals(said(none), "ok");
});

Deno.test("judge() takes no flag of a plan for what it is not, nor a mode that is not known", () => {
  for (
    const odd of [
      { errored: "yes" },
      { complete: 1 },
      { complete: "false" },
      { deferred_changes: {} },
      { resource_changes: [{ ...quiet.resource_changes![0]!, mode: "virtual" }] },
    ]
  ) {
    const { status, failure } = verdict({ shown: { json: { ...quiet, ...odd } } });
    assertEquals([status, failure?.reason], ["error", "plan-unreadable"], JSON.stringify(odd));
  }
  assertEquals(said({ shown: { json: { ...quiet, complete: true, errored: false, deferred_changes: [] } } }), "ok");
});

Deno.test("judge() is no ok where an error was told in another form than Terraform's diagnostics", () => {
  const idle = { plan: exit(0), shown: { json: quiet } };
  const odd = [
    { "@level": "error", "@message": "Error: something else", type: "diagnostic", diagnostic: { severity: "error" } },
    { "@level": "error", "@message": "provider went away", type: "provider_exit" },
    { "@level": "error", type: "log" },
    { "@level": "ERROR", "@message": "a logger that shouts", type: "log" },
    { "@level": "fatal", "@message": "cannot go on", type: "log" },
  ];
  for (const message of odd) {
    const { status, failure } = verdict({ ...idle, messages: stream(...IDLE, message) });
    assertEquals([status, failure?.reason], ["error", "told"], JSON.stringify(message));
  }
  for (
    const stderr of [
      "panic: runtime error\n",
      "note\nError: cannot do it\n",
      "\x1b[31mError: red\x1b[0m\n",
      "╷\n│ Error: framed\n╵\n",
    ]
  ) {
    assertEquals(verdict({ ...idle, plan: { ...exit(0), stderr }, messages: stream(...IDLE) }).status, "error", stderr);
  }
  const framed = "There are some problems with the CLI configuration:\n╷\n│ Error: The cache dir cannot be opened\n╵\n";
  const fine = verdict({ ...idle, plan: { ...exit(0), stderr: framed }, messages: stream(...IDLE) });
  assertEquals(fine.status, "ok");
});

Deno.test("judge() says of a stream alone that it cannot show a plan made with -refresh-only", () => {
  const { status, warnings } = verdict({ messages: stream(...IDLE) });
  assertEquals(status, "ok");
  assertStringIncludes(warnings.map(({ summary }) => summary).join(), "-refresh-only");
  assertEquals(verdict({ plan: exit(0), messages: stream(...IDLE) }).warnings, []);
});

Deno.test("judge() lists what the stream tells where the plan cannot be shown, and forgets nothing of it", () => {
  const change = { resource: { addr: "x.a", resource_type: "x", implied_provider: "x" }, action: "update" };
  const messages = stream(
    ...IDLE.slice(0, 2),
    { "@level": "info", type: "planned_change", change },
    { ...IDLE[2], changes: { add: 0, change: 1, import: 0, remove: 0, operation: "plan" } },
  );
  const stderr = 'Error: Failed to marshal plan to json: error marshaling prior state: unsupported attribute "cpu"\n';
  const failed = {
    kind: "command-failed",
    phase: "show",
    exit: { code: 1, stopped: false },
    stderr,
    stdout: "",
  } as const;
  for (const shown of [{ failed }, { problem: "Cannot read the plan", said: { quoted: "" } }]) {
    const { status, changes, findings } = verdict({ plan: exit(2), messages, shown });
    assertEquals([status, changes.map(({ address }) => address), findings], ["error", ["x.a"], []]);
  }
  const { failure } = verdict({ plan: exit(2), messages, shown: { failed } });
  assertEquals(failure?.class, "version-mismatch");
});

Deno.test("judge() leaves no secret in the address of a warning", () => {
  const secrets = new Secrets();
  secrets.add("hunter22-secret");
  const warned = diagnostic("warning", "w", { address: 'x.a["hunter22-secret"]' });
  const { warnings } = verdict({ plan: exit(0), messages: stream(...IDLE, warned), shown: { json: quiet } }, {
    secrets,
  });
  assertEquals(warnings.map(({ address }) => address), ['x.a["(sensitive)"]']);
});

Deno.test("exitCodeOf() counts only the drift that is asked for, and errors all the same", () => {
  const env = (status: "drift" | "error", rest: Partial<Change>[]) => ({
    status,
    changes: rest.map((one) => ({ action: "update", origin: "outside", isNew: true, ...one }) as Change),
    ...status === "error" ? { error: { class: "auth" as const } } : {},
  });
  const known = { isNew: false }, pending = { origin: "pending" } as const;
  for (
    const [environments, any, outside, fresh] of [
      [[env("drift", [pending])], 2, 0, 2],
      [[env("drift", [known])], 2, 2, 0],
      [[env("drift", [{ ...known, origin: "both" }, pending])], 2, 2, 2],
      [[env("drift", [known]), env("error", [])], 3, 3, 1],
      [[env("error", [pending])], 3, 1, 3],
    ] as const
  ) {
    const codes = (["any", "outside", "new"] as const).map((failOn) => exitCodeOf([...environments], failOn));
    assertEquals(codes, [any, outside, fresh]);
  }
});
