/** The verdicts on real Terraform and real OpenTofu: what each says of the same code, state and reality. */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { join } from "node:path";
import type { DriftReport, EnvironmentReport } from "../../drift/report.ts";
import type { Estate } from "../support/estate.ts";
import { run, testWith, versionOf } from "../support/programs.ts";
import { recordedEstate } from "./recorded_estate.ts";

interface Case {
  /** The code that is applied. */
  before: string;
  /** The code that is checked; as `before` where it is not given. */
  after?: string;
  /** Further files, applied and checked. */
  files?: Record<string, string>;
  /** What happens in between. */
  act?: (estate: Estate, name: string) => Promise<unknown>;
  /** Keys of pve-drift.json. */
  config?: Record<string, unknown>;
  /** Where it can be had. */
  only?: "terraform" | "tofu";
  /** What the check says: `ADDRESS ACTION ORIGIN PATHS` for changes, `ADDRESS ACTION` for bookkeeping. */
  finds: {
    status: EnvironmentReport["status"];
    class?: string;
    changes?: string[];
    bookkeeping?: string[];
    outputs?: string[];
    warns?: RegExp;
    also?: (one: EnvironmentReport) => void;
  };
}

const data = (name: string, body: string) => `resource "terraform_data" "${name}" {\n${body}\n}\n`;
const a = data("a", 'input = "x"');
const b = data("b", 'input = "x"');
/** A state that a data source can read. */
const OTHER = JSON.stringify({
  version: 4,
  terraform_version: "1.8.0",
  serial: 1,
  lineage: "other",
  outputs: { o: { value: "v", type: "string" } },
  resources: [],
});
const remote = (body = "") =>
  `data "terraform_remote_state" "d" {
  backend = "local"
  config  = { path = "\${path.module}/other.state" }
  ${body}
}
`;
const keys = `for_each = toset(["a.b", "q\\"q", "ü[1]", "$\${x}", "back\\\\slash", "new\\nline"])`;
const sensitiveMap = (user: string, code: string) => `
locals {
  people = { one = { user = "${user}", code = sensitive("${code}-one") }, two = { user = "w", code = sensitive("same") } }
}
${data("a", 'for_each = toset(["one", "two"])\ninput = local.people[each.key]')}`;
const deposed = (trigger: string, command: string) =>
  data("a", `triggers_replace = "${trigger}"\nlifecycle {\n create_before_destroy = true\n}`) +
  data(
    "b",
    `triggers_replace = terraform_data.a.id\nprovisioner "local-exec" {\n command = "${command}"\n}`,
  );

const CASES: Record<string, Case> = {
  clean: { before: a, finds: { status: "ok" } },
  changed: {
    before: a,
    after: data("a", 'input = "y"'),
    finds: { status: "drift", changes: ["terraform_data.a update pending input"] },
  },
  created: { before: a, after: a + b, finds: { status: "drift", changes: ["terraform_data.b create pending"] } },
  deleted: { before: a + b, after: a, finds: { status: "drift", changes: ["terraform_data.b delete pending"] } },
  replaced: {
    before: data("a", 'triggers_replace = "1"'),
    after: data("a", 'triggers_replace = "2"\ninput = "n"'),
    finds: { status: "drift", changes: ["terraform_data.a replace pending triggers_replace"] },
  },
  "replaced-in-the-other-order": {
    before: data("a", 'triggers_replace = "1"\nlifecycle {\n create_before_destroy = true\n}'),
    after: data("a", 'triggers_replace = "2"\nlifecycle {\n create_before_destroy = true\n}'),
    finds: { status: "drift", changes: ["terraform_data.a replace pending triggers_replace"] },
  },
  tainted: {
    before: a,
    act: (estate, name) => estate.terraform(name, "taint", "terraform_data.a"),
    finds: {
      status: "drift",
      changes: ["terraform_data.a replace pending"],
      also: (one) => assertEquals(one.changes[0]!.reason, "replace_because_tainted"),
    },
  },
  deposed: {
    before: deposed("1", "true"),
    after: deposed("2", "false"),
    act: async (estate, name) => {
      const { code } = await run(estate.bin, ["apply", "-auto-approve"], { cwd: estate.path(name), env: estate.env });
      assertEquals(code, 1, "the apply was to fail, and leave a deposed object");
    },
    finds: {
      status: "drift",
      changes: ["terraform_data.a delete pending", "terraform_data.b replace pending"],
      also: (one) => {
        assertMatch(one.changes[0]!.note!, /^deposed object [0-9a-f]{8}: left behind/);
        assertEquals([one.resourcesChanged, one.counts.delete, one.counts.replace], [2, 1, 1]);
      },
    },
  },
  moved: {
    before: a,
    after: data("b", 'input = "x"') + "moved {\n from = terraform_data.a\n to = terraform_data.b\n}",
    finds: { status: "ok", bookkeeping: ["terraform_data.b move"] },
  },
  "moved-and-changed": {
    before: a,
    after: data("b", 'input = "y"') + "moved {\n from = terraform_data.a\n to = terraform_data.b\n}",
    finds: { status: "drift", changes: ["terraform_data.b update pending input"] },
  },
  imported: {
    before: a,
    after: a + data("b", "") + 'import {\n to = terraform_data.b\n id = "some"\n}',
    finds: { status: "ok", bookkeeping: ["terraform_data.b import"] },
  },
  "imported-and-changed": {
    before: a,
    after: a + b + 'import {\n to = terraform_data.b\n id = "some"\n}',
    finds: { status: "drift", changes: ["terraform_data.b update pending input"] },
  },
  forgotten: {
    before: a + b,
    after: a + "removed {\n from = terraform_data.b\n lifecycle {\n destroy = false\n }\n}",
    finds: { status: "ok", bookkeeping: ["terraform_data.b forget"], warns: /terraform_data\.b/ },
  },
  "removed-with-destroy": {
    before: a + b,
    after: a + "removed {\n from = terraform_data.b\n lifecycle {\n destroy = true\n }\n}",
    finds: { status: "drift", changes: ["terraform_data.b delete pending"] },
  },
  "outputs-alone": {
    before: a,
    after: a + 'output "o" {\n value = "v"\n}',
    finds: { status: "ok", outputs: ["o create"] },
  },
  "check-fails": {
    before: a,
    after: a +
      'check "c" {\n assert {\n condition = terraform_data.a.input == "v"\n error_message = "no v here"\n }\n}',
    finds: { status: "ok", warns: /no v here/ },
  },
  "check-with-data": {
    before: a,
    after: `${a}check "c" {\n${remote()} assert {
  condition     = data.terraform_remote_state.d.outputs.o == "v"
  error_message = "no v"
 }\n}`,
    files: { "other.state": OTHER },
    finds: { status: "ok" },
  },
  "check-with-data-fails": {
    before: a,
    after: `${a}check "c" {\n${remote()} assert {
  condition     = data.terraform_remote_state.d.outputs.o == "w"
  error_message = "no w"
 }\n}`,
    files: { "other.state": OTHER },
    finds: { status: "ok", warns: /no w/ },
  },
  "data-deferred": {
    before: a + remote("depends_on = [terraform_data.a]") +
      data("c", "input = data.terraform_remote_state.d.outputs.o"),
    after: data("a", 'input = "y"') + remote("depends_on = [terraform_data.a]") +
      data("c", "input = data.terraform_remote_state.d.outputs.o"),
    files: { "other.state": OTHER },
    finds: {
      status: "drift",
      changes: ["terraform_data.a update pending input", "terraform_data.c update pending"],
      bookkeeping: ["data.terraform_remote_state.d read"],
    },
  },
  "keys-of-all-kinds": {
    before: data("a", `${keys}\ninput = "x"`),
    after: data("a", `${keys}\ninput = each.key == "a.b" ? "x" : "y"`),
    finds: {
      status: "drift",
      changes: ['["$${x}"]', '["back\\\\slash"]', '["new\\nline"]', '["q\\"q"]', '["ü[1]"]']
        .map((key) => `terraform_data.a${key} update pending input`),
    },
  },
  "secrets-in-a-map": {
    before: sensitiveMap("u", "canary-before"),
    after: sensitiveMap("v", "canary-after"),
    finds: {
      status: "drift",
      changes: ['terraform_data.a["one"] update pending input.code,input.user'],
      also: (one) => {
        const [code, user] = one.changes[0]!.attributes;
        assertEquals([code!.sensitive, code!.expected, code!.actual], [true, "(sensitive)", "(sensitive)"]);
        assertEquals([user!.sensitive, user!.expected, user!.actual], [false, "v", "u"]);
        assert(!JSON.stringify(one).includes("canary"), "a secret is seen");
      },
    },
  },
  errored: {
    before: a + b,
    after: data("a", 'input = "y"') +
      data(
        "b",
        'lifecycle {\n precondition {\n condition = path.module == ""\n error_message = "not today"\n }\n}',
      ),
    finds: {
      status: "error",
      class: "condition-failed",
      changes: ["terraform_data.a update pending input"],
    },
  },
  "of-a-workspace": {
    before: data("a", "input = terraform.workspace"),
    act: async (estate, name) => {
      await estate.terraform(name, "workspace", "new", "lab");
      await estate.terraform(name, "apply", "-auto-approve");
      await estate.terraform(name, "workspace", "select", "default");
      await estate.write(name, { "main.tf": data("a", 'input = "${terraform.workspace}!"') });
    },
    config: { workspace: "lab" },
    finds: {
      status: "drift",
      changes: ["terraform_data.a update pending input"],
      also: (one) => assertEquals(one.changes[0]!.attributes[0]!.actual, "lab"),
    },
  },
  "of-no-workspace": {
    before: a,
    config: { workspace: "lap" },
    finds: { status: "error", class: "workspace-missing" },
  },
  "forgotten-and-created": {
    only: "tofu",
    before: data("a", 'triggers_replace = "1"\nlifecycle {\n destroy = false\n}'),
    after: data("a", 'triggers_replace = "2"\nlifecycle {\n destroy = false\n}'),
    finds: {
      status: "drift",
      changes: ["terraform_data.a replace pending triggers_replace"],
      also: (one) => assertMatch(one.changes[0]!.note!, /leave the old one behind/),
    },
  },
  "forgotten-by-its-lifecycle": {
    only: "tofu",
    before: a + data("b", "lifecycle {\n destroy = false\n}"),
    after: a,
    finds: { status: "ok", bookkeeping: ["terraform_data.b forget"], warns: /terraform_data\.b/ },
  },
  disabled: {
    only: "tofu",
    before: 'variable "on" {\n default = true\n}\n' + data("a", "lifecycle {\n enabled = var.on\n}"),
    after: 'variable "on" {\n default = false\n}\n' + data("a", "lifecycle {\n enabled = var.on\n}"),
    finds: { status: "drift", changes: ["terraform_data.a delete pending"] },
  },
  "in-tofu-files": {
    only: "tofu",
    before: a,
    // The file of OpenTofu's own ending takes the place of the other.
    act: (estate, name) => estate.write(name, { "main.tofu": data("a", 'input = "y"'), "more.tofu": b }),
    finds: {
      status: "drift",
      changes: ["terraform_data.a update pending input", "terraform_data.b create pending"],
    },
  },
};

const brief = (one: EnvironmentReport) =>
  one.changes.map((change) =>
    `${change.address} ${change.action} ${change.origin} ${change.attributes.map((leaf) => leaf.path).join(",")}`.trim()
  );

async function folder(dir: string): Promise<string[]> {
  return (await Array.fromAsync(Deno.readDir(dir))).map((one) => one.name).sort();
}

// The lab builds the oldest Terraform that is supported.
for (const tool of ["terraform", "lab/terraform", "lab/tofu"]) {
  testWith([tool], `every verdict on ${tool}, and replay comes to the same`, async (test, bin) => {
    const cases = Object.entries(CASES).filter(([, { only }]) => only === undefined || tool.endsWith(only));
    await using place = await recordedEstate(
      Object.fromEntries(cases.map(([name, { before, files }]) => [name, { "main.tf": before, ...files }])),
      bin!,
    );
    const { estate } = place;
    await estate.apply(...cases.map(([name]) => name));
    for (const [name, { before, after, act }] of cases) {
      await estate.write(name, { "main.tf": after ?? before });
      await act?.(estate, name);
    }
    const before = await Promise.all(cases.map(([name]) => folder(estate.path(name))));
    await place.configure({
      environments: Object.fromEntries(cases.map(([name, { config }]) => [name, config ?? {}])),
    });
    const { env, code, stderr, report } = await place.check();

    assertEquals(code, 3);
    assertEquals(report.terraform?.version, await versionOf(bin!));
    assert(!/\n\s+at .*\.ts:\d+/.test(stderr), stderr);
    for (const [name, { finds }] of cases) {
      await test.step(name, () => {
        const one = env[name]!;
        const told = JSON.stringify({ error: one.error, warnings: one.warnings }, null, 1);
        assertEquals([one.status, one.error?.class], [finds.status, finds.class], told);
        assertEquals(brief(one), finds.changes ?? []);
        assertEquals(one.bookkeeping.map(({ address, action }) => `${address} ${action}`), finds.bookkeeping ?? []);
        assertEquals(one.outputs.map(({ name, action }) => `${name} ${action}`), finds.outputs ?? []);
        assertEquals(one.observed, []);
        if (finds.warns) assertMatch(told, finds.warns);
        else assertEquals(one.warnings, []);
        // A check that failed made no second plan.
        const isConfirmed = !one.error || one.error.class === "suspect";
        assert(
          one.changes.every((change) => change.isNew && change.confirmed === isConfirmed),
          JSON.stringify(one.changes),
        );
        finds.also?.(one);
      });
    }
    await test.step("replay says on the command line what the check said", async () => {
      const { show, plan } = place.recording("errored");
      const replayed = await estate.drift(["replay", show, plan, "--env", "errored", "--json"]);
      assertEquals(replayed.code, 3, replayed.stderr);
      const again: DriftReport = JSON.parse(replayed.stdout);
      assertEquals(again.environments.map((one) => [one.name, one.error?.class, brief(one)]), [
        ["errored", "condition-failed", brief(env.errored!)],
      ]);
    });
    await test.step("nothing is written in an environment's folder, and no run folder is left", async () => {
      assertEquals(await Promise.all(cases.map(([name]) => folder(estate.path(name)))), before);
      assertEquals(await folder(join(estate.dir, "state")), ["environments", "lock", "memory"]);
    });
  });
}
