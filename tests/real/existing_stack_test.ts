/** The handbook's edits of a monitoring stack that is there already, made on a module laid out as its first users have it. */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { dirname, join } from "node:path";
import { codeOf, readHandbook } from "../docs/handbook.ts";
import { ROOT, run, testWith } from "../support/programs.ts";

const handbook = await readHandbook();
const FIXTURE = join(ROOT, "tests/fixtures/existing_stack");
const MODULE = "modules/monitoring-stack";
const DRIFT_ALERTS = 8;

interface Compose {
  services: Record<string, {
    command: string[] | null;
    volumes: { type: string; source: string; target: string; read_only?: boolean }[];
  }>;
}

/** Puts a block of the handbook behind what is found, indented as its neighbors are. */
async function insert(file: string, after: RegExp, indent: number, name: string): Promise<void> {
  const text = await Deno.readTextFile(file);
  const found = after.exec(text);
  assert(found, `${after} is not in ${file}`);
  const at = found.index + found[0].length;
  const block = codeOf(handbook, "file", name).replace(/^(?=.)/gm, " ".repeat(indent));
  await Deno.writeTextFile(file, text.slice(0, at) + block + text.slice(at));
}

testWith(
  ["terraform", "bash", "promtool", "lab/promtool", "lab/amtool", "lab/compose-spec"],
  "a module laid out like the first users' takes the handbook's edits, and everybody accepts what it renders",
  async (_, terraform, _bash, oldPromtool, promtool, amtool, compose) => {
    const folder = await Deno.makeTempDir({ prefix: "existing-stack-" });
    try {
      const stack = join(folder, "stack");
      assertEquals((await run("cp", ["-a", FIXTURE, stack])).code, 0);
      await Deno.writeTextFile(join(folder, "terraform.rc"), "");
      const env = { TF_CLI_CONFIG_FILE: join(folder, "terraform.rc"), CHECKPOINT_DISABLE: "1" };
      const must = async (command: string, ...args: string[]) => {
        const { code, stdout, stderr } = await run(command, args, { cwd: stack, env });
        assertEquals(code, 0, `${args.join(" ")}\n${stdout}${stderr}`);
        return stdout;
      };
      const block = (name: string) => {
        const code = codeOf(handbook, "test", name).replaceAll("/usr/share/pve-drift", ROOT);
        return must("bash", "-euo", "pipefail", "-c", code);
      };
      /** Lays the files down below `machine` as cloud-init does. */
      const rendered = async (machine: string) => {
        await must(terraform!, "apply", "-auto-approve", "-input=false", "-no-color");
        const files = JSON.parse(await must(terraform!, "output", "-json", "write_files")) as {
          path: string;
          content: string;
        }[];
        for (const { path, content } of files) {
          await Deno.mkdir(dirname(join(machine, path)), { recursive: true });
          await Deno.writeTextFile(join(machine, path), content);
        }
        return join(machine, "opt/monitoring");
      };
      const rules = async (tool: string, monitoring: string) => {
        const config = join(monitoring, "prometheus/prometheus.yml");
        const text = (await Deno.readTextFile(config)).replace("/etc/prometheus/", `${monitoring}/prometheus/`);
        await Deno.writeTextFile(config, text);
        const said = await run(tool, ["check", "config", config]);
        assertEquals(said.code, 0, said.stdout + said.stderr);
        const counts = [...(said.stdout + said.stderr).matchAll(/SUCCESS: (\d+) rules found/g)];
        return counts.reduce((sum, [, count]) => sum + Number(count), 0);
      };
      await must(terraform!, "init", "-input=false", "-no-color");
      const before = await rendered(join(folder, "before"));
      assertEquals(await rules(promtool!, before), 1);

      const [compose_, alertmanager, main] = ["files/docker-compose.yml.tpl", "files/alertmanager.yml.tpl", "main.tf"]
        .map((file) => join(stack, MODULE, file)) as [string, string, string];
      await insert(compose_, / {2}node-exporter:\n[^]*? {4}command:\n( {6}- .*\n)+/, 6, "mount-command");
      await insert(compose_, / {2}node-exporter:\n[^]*? {4}volumes:\n( {6}- .*\n)+/, 6, "mount-volume");
      await block("stack-rules");
      await insert(main, /alerts\/default\.yml"\)\n *\},\n/, 8, "stack-rules.tf");
      await block("stack-dashboard");
      await insert(main, /dashboards\/nodes\.json"\)\n *\},\n/, 8, "stack-dashboard.tf");
      await insert(alertmanager, /\n {2}routes:\n/, 4, "stack-route");
      await insert(alertmanager, / {2}- name: default\n/, 2, "stack-receiver");
      await block("stack-check");
      const after = await rendered(join(folder, "after"));

      for (const tool of [oldPromtool!, promtool!]) assertEquals(await rules(tool, after), 1 + DRIFT_ALERTS);
      assertEquals(
        await Deno.readTextFile(join(after, "grafana/dashboards/infrastructure/drift-overview.json")),
        await Deno.readTextFile(join(ROOT, "dashboards/grafana/drift-overview.json")),
      );
      const config = join(after, "alertmanager/alertmanager.yml");
      await must(amtool!, "check-config", config);
      const receivers: Record<string, string> = {};
      for (
        const [alert, severity] of [["DriftDetected", "warning"], ["DriftCheckStale", "warning"], [
          "DriftCheckFailed",
          "critical",
        ], ["NodeDown", "critical"]]
      ) {
        const args = [
          "config",
          "routes",
          "test",
          `--config.file=${config}`,
          `alertname=${alert}`,
          `severity=${severity}`,
        ];
        receivers[alert!] = (await must(amtool!, ...args)).trim();
      }
      assertEquals(receivers, {
        DriftDetected: "nobody",
        DriftCheckStale: "warning",
        DriftCheckFailed: "critical",
        NodeDown: "critical",
      });

      const loaded = await run(compose!, ["-format", "json", "docker-compose.yml"], { cwd: after });
      assertEquals(loaded.code, 0, loaded.stdout + loaded.stderr);
      const exporter = (JSON.parse(loaded.stdout) as Compose).services["node-exporter"]!;
      const mounted = exporter.volumes.find(({ target }) => target === "/textfile")!;
      assertEquals([mounted.type, mounted.source, mounted.read_only], [
        "bind",
        "/var/lib/prometheus/node-exporter",
        true,
      ]);
      assert(exporter.command!.includes("--collector.textfile.directory=/textfile"));
      // The folder that is mounted is the one that the sink prom writes to.
      assertStringIncludes(await Deno.readTextFile(join(ROOT, "sinks/prom.ts")), `"${mounted.source}/pve_drift.prom"`);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
);
