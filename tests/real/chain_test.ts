/** Everything between a change made by hand and the phone, in one piece: only Telegram itself is an imitation. */

import { assertEquals, assertMatch } from "@std/assert";
import { join } from "node:path";
import { Estate } from "../support/estate.ts";
import { FAKE_TOKEN, startFakeTelegram } from "../support/fake_telegram.ts";
import { labPart } from "../lab/paths.ts";
import { ROOT, testWith } from "../support/programs.ts";
import { eventually, startServer } from "../support/servers.ts";

const SHIPPED = join(ROOT, "dashboards");
const MEMORY = (megabytes: number) => `resource "terraform_data" "memory" {\n  input = ${megabytes}\n}\n`;
const CODE = `terraform {
  required_providers {
    local = { source = "hashicorp/local" }
  }
}
resource "local_file" "motd" {
  filename = "\${path.module}/motd"
  content  = "managed by terraform"
}
resource "local_file" "issue" {
  filename = "\${path.module}/issue"
  content  = "managed by terraform"
}
`;

/** Writes a shipped file into a folder with replacements, each of which must find something. */
async function shipped(path: string, folder: string, ...replacements: [RegExp, string][]): Promise<string> {
  let text = await Deno.readTextFile(join(SHIPPED, path));
  for (const [wanted, put] of replacements) {
    assertMatch(text, wanted);
    text = text.replaceAll(new RegExp(wanted, "g"), put);
  }
  const file = join(folder, path.split("/").at(-1)!);
  await Deno.writeTextFile(file, text);
  return file;
}

testWith(
  ["terraform", "lab/local", "prometheus-node-exporter", "prometheus", "prometheus-alertmanager"],
  "a change by hand reaches Telegram by metrics, Prometheus and Alertmanager, and so does its repair",
  async (_, _terraform, _local, exporterBin, prometheusBin, managerBin) => {
    await using telegram = startFakeTelegram();
    await using estate = await Estate.create({ prod: { "main.tf": CODE, "memory.tf": MEMORY(2048) } });
    const textfiles = join(estate.dir, "textfiles");
    await Deno.mkdir(textfiles);
    await Deno.copyFile(labPart("local")!, estate.env.TF_CLI_CONFIG_FILE!);
    const rules = await shipped("prometheus/drift-alerts.yml", estate.dir, [
      /\b(for|keep_firing_for): \d+[mh]/,
      "$1: 0s",
    ]);
    await shipped("alertmanager/drift-telegram.tmpl", estate.dir);
    const config = await shipped(
      "alertmanager/alertmanager.yml",
      estate.dir,
      // Alertmanager 0.25 of Debian 12 knows no bot_token_file; every version takes this.
      [/bot_token_file: .*/, `bot_token: ${FAKE_TOKEN}\n        api_url: ${telegram.url}`],
      [/chat_id: .*/, "chat_id: -1001"],
      [/group_(wait|interval): .*/, "group_$1: 500ms"],
    );

    await using exporter = await startServer(exporterBin!, (address) => [
      `--web.listen-address=${address}`,
      "--collector.disable-defaults",
      "--collector.textfile",
      `--collector.textfile.directory=${textfiles}`,
    ], "/metrics");
    await using manager = await startServer(managerBin!, (address) => [
      `--config.file=${config}`,
      `--storage.path=${join(estate.dir, "alertmanager")}`,
      `--web.listen-address=${address}`,
      "--cluster.listen-address=",
    ], "/-/ready");
    const host = (server: { url: string }) => JSON.stringify([new URL(server.url).host]);
    await Deno.writeTextFile(
      join(estate.dir, "prometheus.yml"),
      `global: { scrape_interval: 1s, scrape_timeout: 1s, evaluation_interval: 1s }
rule_files: [${JSON.stringify(rules)}]
alerting: { alertmanagers: [{ static_configs: [{ targets: ${host(manager)} }] }] }
scrape_configs: [{ job_name: node, static_configs: [{ targets: ${host(exporter)}, labels: { instance: pve1 } }] }]
`,
    );
    await using _prometheus = await startServer(prometheusBin!, (address) => [
      `--config.file=${join(estate.dir, "prometheus.yml")}`,
      `--storage.tsdb.path=${join(estate.dir, "prometheus")}`,
      `--web.listen-address=${address}`,
    ], "/-/ready");

    const check = async () => {
      const { code, stdout, stderr } = await estate.drift(["--all"]);
      return { code, said: stdout + stderr };
    };
    /** The next message about drift: before the first metrics are there, that they are missing is told as well. */
    const told = () =>
      eventually("a message about drift", () => {
        const at = telegram.accepted.findIndex(({ text }) => text.includes("DriftDetected"));
        return at < 0 ? undefined : telegram.accepted.splice(at, 1)[0]!.text.split("\n");
      });

    await estate.configure({ sinks: ["console", { use: "prom", file: join(textfiles, "pve_drift.prom") }] });
    await estate.apply("prod");
    const clean = await check();
    assertEquals(clean.code, 0, clean.said);

    await Deno.writeTextFile(estate.path("prod", "motd"), "changed by hand");
    await estate.write("prod", { "memory.tf": MEMORY(4096) });
    const drifted = await check();
    assertEquals(drifted.code, 2, drifted.said);
    assertEquals(await told(), [
      "⚠️ FIRING: DriftDetected (1)",
      "• prod: 2 resources differ from Terraform in environment prod, 1 changed outside, 1 not applied yet.",
    ]);

    await estate.terraform("prod", "apply", "-input=false", "-no-color", "-auto-approve");
    const repaired = await check();
    assertEquals(repaired.code, 0, repaired.said);
    assertEquals(await told(), ["🟢 RESOLVED: DriftDetected (1)", "🟢 resolved: prod"]);
    assertEquals(telegram.calls.filter((call) => call.status !== 200), []);
  },
);
