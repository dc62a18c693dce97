/** Proves edits that `explain` offers with Terraform itself: each ends its own finding and changes nothing else. */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { dirname, join } from "node:path";
import { codeExplainer } from "../../drift/explain/code/explain_code.ts";
import type { Change, DriftReport } from "../../drift/report.ts";
import type { Plan } from "../../drift/terraform/plan.ts";
import { DRIFT, run, testWith } from "../support/programs.ts";

/** A value that somebody changed in the state, and what the edit says. */
interface Row {
  address: string;
  /** Below `input`: key to the value that is there; undefined for none. */
  there: Record<string, unknown>;
  /** The line that the edit adds, or `-` and the one that it takes out. */
  edit: string;
}

const VM = (name: string, body: string) => `resource "terraform_data" "${name}" {\n${body}}\n\n`;

const FILES: Record<string, string> = {
  "env/main.tf":
    VM("literal", '  # by hand\n  input = {\n    cores  = 2 # few\n    memory = 2048\n    "a.b"  = "x"\n  }\n') +
    VM("variable", "  input = { cores = var.cores }\n") +
    VM("local", "  input = { name = local.name }\n") +
    VM("list", '  input = {\n    tags = [\n      "a",\n      "b", # second\n    ]\n  }\n') +
    VM("set", '  input = { tags = sort(concat(["managed"], var.tags)) }\n') +
    VM("text", "  input = {\n    note = <<-EOT\n      one\n      two\n    EOT\n  }\n") +
    VM(
      "many",
      "  for_each = var.vms\n\n  input = {\n    cores  = each.value.cores\n    memory = each.value.memory\n    disk   = try(each.value.disk, 10)\n  }\n",
    ) +
    VM("counted", "  count = length(local.sizes)\n\n  input = { size = local.sizes[count.index] }\n") +
    VM(
      "merged",
      "  for_each = { for vm in local.list : vm.name => merge(local.defaults, vm) }\n\n  input = { size = each.value.size }\n",
    ) +
    VM("reader", "  input = { id = terraform_data.literal.id }\n") +
    'output "cores" {\n  value = var.cores\n}\n',
  "env/windows.tf": VM("windows", '  input = { name = "é ${1 + 1}", size = "10" }\n').replaceAll("\n", "\r\n"),
  "env/variables.tf":
    'variable "cores" {\n  default = 2\n}\n\nvariable "tags" {\n  type    = list(string)\n  default = ["web"]\n}\n\nvariable "vms" {\n  type = map(object({ cores = optional(number, 2), memory = number, disk = optional(number) }))\n}\n\nlocals {\n  name     = "n"\n  sizes    = [1, 2, 4]\n  defaults = { size = 1 }\n  list     = [{ name = "x" }, { name = "y", size = 3 }]\n}',
  "env/override.tf": VM("overridden", "  input = { size = 7 }\n"),
  "env/base.tf": VM("overridden", "  input = { size = 6 }\n"),
  "env/terraform.tfvars": "cores = 3\n",
  "env/vms.auto.tfvars":
    'vms = {\n  "web 1" = { memory = 1024 }\n  db      = { cores = 4, memory = 4096, disk = 20 }\n}\n',
  "env/module.tf":
    'module "site" {\n  source   = "../modules/site"\n  for_each = local.sites\n\n  vms = each.value\n}\n\nlocals {\n  sites = {\n    a = { web = { size = 1 }, db = { size = 1 } }\n    b = { web = { size = 1 } }\n  }\n}\n\nmodule "plain" {\n  source = "../modules/vm"\n}\n',
  "modules/site/main.tf":
    'variable "vms" {}\n\nmodule "vm" {\n  source   = "../vm"\n  for_each = var.vms\n\n  size = each.value.size\n}\n',
  "modules/vm/main.tf": 'variable "size" {\n  default = 5\n}\n\n' + VM("this", "  input = { size = var.size }\n"),
};

const ROWS: Row[] = [
  { address: "terraform_data.literal", there: { cores: 16, "a.b": 'q"${x}' }, edit: '    "a.b"  = "q\\"$${x}"' },
  { address: "terraform_data.variable", there: { cores: 8 }, edit: "cores = 8" },
  { address: "terraform_data.local", there: { name: "%{if}" }, edit: '  name     = "%%{if}"' },
  { address: "terraform_data.list", there: { tags: ["c", "a"] }, edit: '      "c",' },
  {
    address: "terraform_data.set",
    there: { tags: ["managed", "urgent", "web"] },
    edit: '  default = ["web", "urgent"]',
  },
  { address: "terraform_data.text", there: { note: "one\n\n${two}\n" }, edit: "      $${two}" },
  { address: 'terraform_data.many["web 1"]', there: { cores: 4 }, edit: '  "web 1" = { memory = 1024, cores = 4 }' },
  {
    address: 'terraform_data.many["db"]',
    there: { disk: 40 },
    edit: "  db      = { cores = 4, memory = 4096, disk = 40 }",
  },
  { address: "terraform_data.counted[1]", there: { size: 3 }, edit: "  sizes    = [1, 3, 4]" },
  {
    address: 'terraform_data.merged["x"]',
    there: { size: 9 },
    edit: '  list     = [{ name = "x", size = 9 }, { name = "y", size = 3 }]',
  },
  {
    address: 'terraform_data.merged["y"]',
    there: { size: 9 },
    edit: '  list     = [{ name = "x" }, { name = "y", size = 9 }]',
  },
  {
    address: "terraform_data.windows",
    there: { size: "20" },
    edit: '  input = { name = "é ${1 + 1}", size = "20" }\r',
  },
  { address: "terraform_data.overridden", there: { size: 8 }, edit: "  input = { size = 8 }" },
  {
    address: 'module.site["a"].module.vm["db"].terraform_data.this',
    there: { size: 2 },
    edit: "    a = { web = { size = 1 }, db = { size = 2 } }",
  },
  { address: "module.plain.terraform_data.this", there: { size: 6 }, edit: "  size   = 6" },
];

testWith(
  ["terraform", "git"],
  "each edit that explain offers ends its finding, by Terraform's own plan",
  async (test, terraform, git) => {
    const checkout = await Deno.realPath(await Deno.makeTempDir({ prefix: "explain-edits-" }));
    try {
      const tf = terraformIn(terraform!);
      for (const [path, text] of Object.entries(FILES)) {
        await Deno.mkdir(dirname(join(checkout, path)), { recursive: true });
        await Deno.writeTextFile(join(checkout, path), text);
      }
      assertEquals((await run(git!, ["init", "-q", checkout], { env: GIT })).code, 0);
      const env = join(checkout, "env");
      await tf(env, "init");
      await tf(env, "apply", "-auto-approve");
      const state = join(env, "terraform.tfstate");
      await Deno.writeTextFile(state, JSON.stringify(changedState(JSON.parse(await Deno.readTextFile(state)))));
      const found = await findings(await planOf(tf, env), checkout);
      assertEquals(found.map(({ address }) => address).sort(), ROWS.map(({ address }) => address).sort());
      for (const row of ROWS) {
        await test.step(`${row.address} ${Object.keys(row.there)}`, async () => {
          const change = found.find(({ address }) => address === row.address)!;
          const folder = { name: "env", dir: env, varFiles: [], envVariables: [], isTofu: false, environments: [] };
          const { edit, attributes } = await (await codeExplainer(folder))(change);
          assert(edit, JSON.stringify(attributes));
          assertEquals(attributes.filter(({ whyNot }) => whyNot), []);
          assertStringIncludes(edit.patch, `\n+${row.edit}\n`);
          const copy = join(checkout, "..", `${checkout.split("/").at(-1)}-copy`);
          try {
            assertEquals((await run("cp", ["-a", checkout, copy])).code, 0);
            const applied = await run(git!, ["-C", copy, "apply", "-"], { stdin: edit.patch, env: GIT });
            assertEquals(applied.code, 0, `${applied.stderr}${edit.patch}`);
            const after = await planOf(tf, join(copy, "env"));
            assertEquals(
              changing(after),
              ROWS.map(({ address }) => address).filter((one) => one !== row.address).sort(),
            );
            assertEquals(outputs(after), edit.outputs);
          } finally {
            await Deno.remove(copy, { recursive: true });
          }
        });
      }
    } finally {
      await Deno.remove(checkout, { recursive: true });
    }
  },
);

const GIT = { GIT_CONFIG_GLOBAL: "/dev/null", GIT_CONFIG_SYSTEM: "/dev/null", GIT_CEILING_DIRECTORIES: "/tmp" };

type Terraform = (dir: string, ...args: string[]) => Promise<string>;

function terraformIn(bin: string): Terraform {
  return async (cwd, ...args) => {
    const env = { CHECKPOINT_DISABLE: "1", TF_CLI_CONFIG_FILE: "/dev/null", TF_IN_AUTOMATION: "1", TF_INPUT: "0" };
    const { code, stdout, stderr } = await run(bin, args, { cwd, env });
    assertEquals(code, 0, `${args}: ${stdout}${stderr}`);
    return stdout;
  };
}

async function planOf(tf: Terraform, env: string): Promise<Plan> {
  await tf(env, "plan", "-out=x.tfplan");
  return JSON.parse(await tf(env, "show", "-json", "x.tfplan"));
}

function changing({ resource_changes = [] }: Plan): string[] {
  return resource_changes.filter(({ change }) => change.actions.join() !== "no-op").map(({ address }) => address)
    .sort();
}

function outputs({ output_changes = {} }: Plan): string[] {
  return Object.entries(output_changes).filter(([, { actions }]) => actions.join() !== "no-op").map(([name]) => name);
}

/** What the program says of a plan. */
async function findings(plan: Plan, folder: string): Promise<Change[]> {
  const file = join(folder, "plan.json");
  await Deno.writeTextFile(file, JSON.stringify(plan));
  const { stdout, stderr } = await run(Deno.execPath(), [...DRIFT, "replay", "--json", file]);
  assert(stdout !== "", stderr);
  return (JSON.parse(stdout) as DriftReport).environments[0]!.changes;
}

/** A state in which the rows' values are there. */
function changedState(state: { resources: StateResource[]; serial: number }): unknown {
  for (const resource of state.resources) {
    for (const instance of resource.instances) {
      const key = "index_key" in instance ? `[${JSON.stringify(instance.index_key)}]` : "";
      const address = `${resource.module ? `${resource.module}.` : ""}${resource.type}.${resource.name}${key}`;
      const row = ROWS.find((one) => one.address === address);
      if (!row) continue;
      for (const side of ["input", "output"] as const) {
        const { value, type } = instance.attributes[side];
        const now = { ...value, ...row.there };
        const types = Object.entries(row.there).map(([name, one]) => [name, typeOf(one, type[1][name])]);
        instance.attributes[side] = { value: now, type: ["object", { ...type[1], ...Object.fromEntries(types) }] };
      }
    }
  }
  return { ...state, serial: state.serial + 1 };
}

interface StateResource {
  module?: string;
  type: string;
  name: string;
  instances: { index_key?: unknown; attributes: Record<"input" | "output", Dynamic> }[];
}

interface Dynamic {
  value: Record<string, unknown>;
  type: [kind: string, of: Record<string, unknown>];
}

/** Terraform's own word for the type of a value; a list stays what it was. */
function typeOf(value: unknown, before: unknown): unknown {
  if (!Array.isArray(value)) return typeof value;
  return Array.isArray(before) && before[0] === "list" ? before : ["tuple", value.map((one) => typeof one)];
}
