import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { dirname, join } from "node:path";
import { findProgram, ROOT, run, testWith } from "../support/programs.ts";

const MODULE = join(ROOT, "dashboards/monitoring-stack");
const README = join(MODULE, "README.md");

/** The first fenced block of a language in the module's README. */
function block(language: string): string {
  const text = Deno.readTextFileSync(README);
  return new RegExp("```" + language + "\n(.*?)```", "s").exec(text)![1]!;
}

testWith(
  ["lab/terraform-docs"],
  "the README of the Terraform module is what terraform-docs writes",
  async (_, docs) => {
    const said = await run(docs, ["--output-check", "."], { cwd: MODULE });
    assertEquals(said.code, 0, said.stdout + said.stderr);
  },
);

/** Runs `fn` with the files that `variables` make, written as the README's shell commands write them. */
async function rendered(variables: string, fn: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "rendered-" });
  try {
    await Deno.writeTextFile(join(folder, "terraform.rc"), "");
    const call =
      `module "stack" {\n  source = "${MODULE}"\n${variables}\n}\noutput "files" { value = module.stack.files }\n`;
    await Deno.writeTextFile(join(folder, "main.tf"), call);
    const env = { TF_CLI_CONFIG_FILE: join(folder, "terraform.rc") };
    for (const args of [["init"], ["apply", "-auto-approve"]]) {
      const said = await run("terraform", [...args, "-input=false", "-no-color"], { cwd: folder, env });
      assertEquals(said.code, 0, said.stdout + said.stderr);
    }
    const commands = block("sh").replaceAll("/opt/drift-monitoring", join(folder, "stack"));
    const copied = await run("bash", ["-euo", "pipefail", "-c", commands], { cwd: folder, env });
    assertEquals(copied.code, 0, copied.stdout + copied.stderr);
    await fn(join(folder, "stack"));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const CASES = {
  "as it is": "",
  "with everything": `
    telegram       = { chat_id = -1001234567890, token_file = "/etc/pve-drift/alertmanager-token", topic = 7 }
    drift_told_by  = "telegram_sink"
    grafana_url    = "https://grafana.example.org"
    handbook_url   = "https://git.example.org/pve-drift"
    node_exporters = ["pve1.example.org:9100"]`,
  "with checks elsewhere": `
    textfile_dir   = null
    node_exporters = ["[2001:db8::2]:9100"]
    bind_address   = "::1"`,
};

for (const [title, variables] of Object.entries(CASES)) {
  testWith(
    ["terraform", "jq", "promtool", "lab/promtool", "lab/amtool", "lab/compose-spec"],
    `the module ${title} renders files that Prometheus, Alertmanager and Compose accept`,
    async (_, _terraform, _jq, oldPromtool, promtool, amtool, compose) => {
      await rendered(variables, async (stack) => {
        for (const tool of [oldPromtool, promtool]) {
          const said = await run(tool, ["check", "config", join(stack, "prometheus/prometheus.yml")]);
          assertEquals(said.code, 0, said.stdout + said.stderr);
          assertStringIncludes(said.stdout + said.stderr, "8 rules found");
        }
        const config = join(stack, "alertmanager/alertmanager.yml");
        const checked = await run(amtool, ["check-config", config]);
        assertEquals(checked.code, 0, checked.stdout + checked.stderr);
        const receiver = async (alert: string) => {
          const args = ["config", "routes", "test", `--config.file=${config}`, `alertname=${alert}`];
          return (await run(amtool, args)).stdout.trim();
        };
        const told = variables.includes("telegram ");
        assertEquals([await receiver("DriftDetected"), await receiver("DriftCheckFailed")], [
          "nobody",
          told ? "telegram-drift" : "nobody",
        ]);
        const loaded = await run(compose, ["-format", "json", "compose.yaml"], { cwd: stack });
        assertEquals(loaded.code, 0, loaded.stdout + loaded.stderr);
        const { services } = JSON.parse(loaded.stdout) as {
          services: Record<string, { volumes: { type: string; source: string; read_only?: boolean }[] }>;
        };
        const binds = Object.values(services).flatMap(({ volumes }) => volumes.filter(({ type }) => type === "bind"));
        assert(binds.every(({ read_only }) => read_only), "a folder of the machine is writable in a container");
        // What is mounted from beside compose.yaml is among the rendered files.
        for (const { source } of binds) {
          if (source.startsWith(stack)) assert((await Deno.stat(source)).isDirectory, source);
        }
      });
    },
  );
}

const local = findProgram("lab/local");

testWith(
  ["terraform", "lab/local"],
  "the README's example lays the files down, and sees one that was changed by hand",
  async (_, terraform) => {
    const folder = await Deno.makeTempDir({ prefix: "readme-" });
    try {
      const stack = join(folder, "stack");
      const code = block("hcl").replace("/usr/share/pve-drift/dashboards/monitoring-stack", MODULE)
        .replace("/opt/drift-monitoring", stack);
      assert(code.includes(MODULE) && code.includes(stack));
      await Deno.writeTextFile(join(folder, "main.tf"), code);
      const env = { TF_CLI_CONFIG_FILE: join(dirname(local!), "terraform.tfrc") };
      const tf = (...args: string[]) => run(terraform, [...args, "-input=false", "-no-color"], { cwd: folder, env });
      for (const args of [["init"], ["apply", "-auto-approve"]]) {
        const said = await tf(...args);
        assertEquals(said.code, 0, said.stdout + said.stderr);
      }
      assertEquals((await tf("plan", "-detailed-exitcode")).code, 0);
      const rules = join(stack, "prometheus/rules/drift-alerts.yml");
      assertEquals(
        await Deno.readTextFile(rules),
        await Deno.readTextFile(join(MODULE, "../prometheus/drift-alerts.yml")),
      );
      await Deno.writeTextFile(rules, "groups: []\n");
      assertEquals((await tf("plan", "-detailed-exitcode")).code, 2);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
);
