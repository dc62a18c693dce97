import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { delay } from "@std/async/delay";
import { join } from "node:path";
import { type Accepted, FAKE_TOKEN, startFakeTelegram } from "../support/fake_telegram.ts";
import { ROOT, run, testWith } from "../support/programs.ts";
import { eventually, startServer } from "../support/servers.ts";

const FOLDER = join(ROOT, "dashboards/alertmanager");
const CONFIG = "alertmanager.yml";

/** A folder with the shipped files, changed by `edit`: gives the path of the configuration. */
async function edited(edit: (config: string) => string, template = (text: string) => text): Promise<string> {
  const folder = await Deno.makeTempDir({ prefix: "alertmanager-" });
  const text = await Deno.readTextFile(join(FOLDER, CONFIG));
  await Deno.writeTextFile(join(folder, CONFIG), edit(text));
  const tmpl = await Deno.readTextFile(join(FOLDER, "drift-telegram.tmpl"));
  await Deno.writeTextFile(join(folder, "drift-telegram.tmpl"), template(tmpl));
  return join(folder, CONFIG);
}

/** What the file's head tells users of Debian 12 to do. */
const forDebian12 = (config: string) => config.replace(/bot_token_file: .*/, `bot_token: ${FAKE_TOKEN}`);
/** The lines of the route that are commented out, for those who use the telegram sink. */
const withSink = (config: string) => config.replace(/# (- matchers: .*\n +)# ( {2}receiver: nobody)/, "$1$2");

for (
  const { amtool, edit } of [
    { amtool: "lab/amtool", edit: (config: string) => config },
    { amtool: "amtool", edit: forDebian12 },
  ]
) {
  testWith([amtool], `${amtool} accepts the configuration and routes each alert where it belongs`, async (_, path) => {
    const shipped = await edited(edit);
    const sink = await edited((config) => withSink(edit(config)));
    for (const config of [shipped, sink]) {
      const check = await run(path, ["check-config", config]);
      assertEquals(check.code, 0, check.stdout + check.stderr);
    }
    const receiver = async (config: string, ...labels: string[]) => {
      const said = await run(path, ["config", "routes", "test", `--config.file=${config}`, ...labels]);
      return said.stdout.trim();
    };
    assertEquals(await receiver(shipped, "alertname=DriftDetected", "severity=warning", "env=prod"), "telegram-drift");
    assertEquals(await receiver(shipped, "alertname=DriftMetricsMissing", "severity=warning"), "telegram-drift");
    assertEquals(await receiver(shipped, "alertname=NodeDown", "severity=critical"), "nobody");
    assertEquals(await receiver(sink, "alertname=DriftDetected", "severity=warning", "env=prod"), "nobody");
    assertEquals(await receiver(sink, "alertname=DriftCheckFailed", "severity=critical"), "telegram-drift");
    for (const config of [shipped, sink]) await Deno.remove(join(config, ".."), { recursive: true });
  });
}

testWith(
  ["amtool", "lab/amtool"],
  "the message reads the same in Alertmanager 0.25 and in the current one",
  async (_, ...tools) => {
    const folder = await Deno.makeTempDir({ prefix: "render-" });
    const alert = (env: string, status: string) => ({ status, ...drift(env, "DriftDetected", `<${env}> & "more"`) });
    const data = {
      status: "firing",
      alerts: [alert("prod", "firing"), alert("lab", "resolved")],
      commonLabels: { alertname: "DriftDetected", severity: "warning" },
      commonAnnotations: { runbook_url: "docs/DRIFT-DETECTION.md#driftdetected" },
    };
    await Deno.writeTextFile(join(folder, "data.json"), JSON.stringify(data));
    for (const tool of tools) {
      const said = await run(tool, [
        "template",
        "render",
        `--template.glob=${join(FOLDER, "drift-telegram.tmpl")}`,
        '--template.text={{ template "drift.telegram" . }}',
        "--template.type=html",
        `--template.data=${join(folder, "data.json")}`,
      ]);
      assertEquals(
        said.stdout.trimEnd(),
        "⚠️ <b>FIRING: DriftDetected</b> (1)\n• <b>prod</b>: &lt;prod&gt; &amp; &#34;more&#34;\n🟢 resolved: lab",
        tool,
      );
    }
    await Deno.remove(folder, { recursive: true });
  },
);

interface Alert {
  labels: Record<string, string>;
  annotations?: Record<string, string>;
}

function drift(env: string, name = "DriftDetected", description = `3 resources differ in environment ${env}.`): Alert {
  return {
    labels: { alertname: name, env, instance: "pve1", severity: name === "DriftCheckFailed" ? "critical" : "warning" },
    annotations: {
      description,
      dashboard_url: `/d/drift-overview?var-env=${env}`,
      runbook_url: `docs/DRIFT-DETECTION.md#${name.toLowerCase()}`,
    },
  };
}

testWith(
  ["prometheus-alertmanager"],
  "a real Alertmanager sends Telegram what a person can read",
  async (test, path) => {
    await using telegram = startFakeTelegram();
    const config = await edited(
      (text) =>
        forDebian12(text).replace(/chat_id: .*/, `chat_id: -1001\n        api_url: ${telegram.url}`)
          .replace(/group_wait: .*/, "group_wait: 500ms").replace(/group_interval: .*/, "group_interval: 500ms"),
      (text) =>
        text.replace('$grafana := ""', '$grafana := "https://grafana.example.org"')
          .replace('$handbook := ""', '$handbook := "https://git.example.org/pve-drift"'),
    );
    await using manager = await startServer(path, (address) => [
      `--config.file=${config}`,
      `--storage.path=${join(config, "../data")}`,
      `--web.listen-address=${address}`,
      "--cluster.listen-address=",
    ], "/-/ready");

    const post = async (alerts: Alert[], endsAt?: Date) => {
      const response = await fetch(`${manager.url}/api/v2/alerts`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(alerts.map((alert) => ({ ...alert, ...endsAt && { endsAt: endsAt.toISOString() } }))),
      });
      assertEquals(response.status, 200, await response.text());
    };
    const resolve = (alerts: Alert[]) => post(alerts, new Date());
    const next = async (): Promise<Accepted> => await eventually("a message", () => telegram.accepted.shift());
    const sent = () => telegram.calls.at(-1)!.parameters["text"] as string;
    const links = () => [...sent().matchAll(/href="([^"]*)"/g)].map((found) => found[1]!);

    await test.step("drift in two environments is one message with links", async () => {
      await post([drift("lab"), drift("prod")]);
      const message = await next();
      assertEquals(message.text.split("\n"), [
        "⚠️ FIRING: DriftDetected (2)",
        "• lab: 3 resources differ in environment lab.",
        "• prod: 3 resources differ in environment prod.",
        "Dashboard",
        "What to do",
      ]);
      assertEquals(links(), [
        "https://grafana.example.org/d/drift-overview",
        "https://git.example.org/pve-drift/docs/DRIFT-DETECTION.md#driftdetected",
      ]);
    });

    await test.step("what is repaired looks repaired, in part and in whole", async () => {
      await resolve([drift("lab")]);
      assertEquals((await next()).text.split("\n").slice(0, 3), [
        "⚠️ FIRING: DriftDetected (1)",
        "• prod: 3 resources differ in environment prod.",
        "🟢 resolved: lab",
      ]);
      await resolve([drift("prod")]);
      const message = await next();
      assertEquals(message.text.split("\n").slice(0, 2), ["🟢 RESOLVED: DriftDetected (1)", "🟢 resolved: prod"]);
      assertEquals(links()[0], "https://grafana.example.org/d/drift-overview?var-env=prod");
    });

    await test.step("a failed check is critical, and keeps the same environment's overdue check quiet", async () => {
      await post([drift("prod", "DriftCheckFailed", 'Failed (network): <"&">.')]);
      assertEquals((await next()).text.split("\n").slice(0, 2), [
        "🚨 FIRING: DriftCheckFailed (1)",
        '• prod: Failed (network): <"&">.',
      ]);
      await post([drift("prod", "DriftCheckStale"), drift("lab", "DriftCheckStale")]);
      const lines = (await next()).text.split("\n");
      assertEquals(lines[0], "⚠️ FIRING: DriftCheckStale (1)");
      assertStringIncludes(lines[1]!, "• lab: ");
    });

    await test.step("twenty environments fit into one message that Telegram takes", async () => {
      const of = (word: string) =>
        Array.from(
          { length: 20 },
          (_, i) => drift(`environment-${word}-${10 + i}`, "DriftSinkFailed", "x".repeat(300)),
        );
      const bullets = (message: Accepted) => message.text.split("\n").filter((line) => line.startsWith("•")).length;
      await post([...of("first"), ...of("other")]);
      const all = await next();
      assertEquals(bullets(all), 15);
      assertStringIncludes(all.text, "… and more, of 40 in all");
      await resolve(of("first"));
      const rest = await next();
      assertEquals(bullets(rest), 15);
      assertStringIncludes(rest.text, "environment-first-24, …");
      assert(sent().length <= 4096, `${sent().length} characters, tags and all`);
    });

    await test.step("an alert without an environment, and one of somebody else's", async () => {
      await post([{
        labels: { alertname: "DriftMetricsMissing", severity: "warning" },
        annotations: { description: "No metrics." },
      }, { labels: { alertname: "NodeDown", severity: "critical" } }]);
      assertEquals((await next()).text.split("\n")[1], "• No metrics.");
      await delay(1500);
      assertEquals(telegram.accepted, []);
      assertEquals(telegram.calls.filter((call) => call.status !== 200), []);
    });
    await Deno.remove(join(config, ".."), { recursive: true });
  },
);
