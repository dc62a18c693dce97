import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import { type Dashboard, filledIn, legend } from "../lab/dashboard/model.ts";
import { type Series, startHistoryServer } from "../lab/dashboard/prometheus.ts";
import { SIZE, writePage } from "../lab/dashboard/preview.ts";
import { takePicture } from "../lab/picture.ts";
import { ROOT, run, testWith } from "../support/programs.ts";

const dashboard = JSON.parse(
  Deno.readTextFileSync(join(ROOT, "dashboards/grafana/drift-overview.json")),
) as Dashboard;
const END = Date.UTC(2026, 10, 24, 21) / 1000;

/** Name by the legend to last value. */
function last(format: string, answer: Series[]): Record<string, number> {
  return Object.fromEntries(answer.map(({ metric, values }) => [legend(format, metric), values.at(-1)![1]]));
}

testWith(
  ["prometheus", "promtool"],
  "every query of the dashboard finds thirty days of data in a real Prometheus",
  async (test, prometheus, promtool) => {
    await using server = await startHistoryServer(prometheus, promtool, END);
    const answers = new Map<string, Record<string, number>>();

    for (const panel of dashboard.panels) {
      for (const target of panel.targets ?? []) {
        await test.step(`${panel.title}, query ${target.refId}`, async () => {
          const expr = filledIn(target.expr);
          const answer = await (target.instant ? server.now(expr) : server.over(expr));
          assert(answer.length > 0, "no data");
          if (target.format === "table") {
            for (const { metric } of answer) assert(metric["env"], "no environment");
            return void answers.set(`${panel.title} ${target.refId}`, last("{{env}}", answer));
          }
          answers.set(`${panel.title} ${target.refId}`, last(target.legendFormat!, answer));
          if (!target.instant) {
            const span = answer.flatMap(({ values }) => values.map(([time]) => time));
            assert(Math.max(...span) - Math.min(...span) > 29 * 86400, "not the whole month");
          }
        });
      }
    }

    await test.step("what they find is what the metrics say", () => {
      const of = (title: string, refId = "A") => answers.get(`${title} ${refId}`);
      const verdicts = { prod: 1, staging: 0, lab: 2, backup: 0, sandbox: -1 };
      assertEquals(of("Verdict"), verdicts);
      assertEquals(of("Environments"), verdicts);
      const ages = of("Time since the last check")!;
      assertEquals(ages["sandbox"], -1);
      assert(ages["prod"]! > 14 * 3600 && ages["prod"]! <= 15 * 3600, `${ages["prod"]}`);
      assert(ages["backup"]! > 48 * 3600);
      assertEquals(of("Reports delivered"), { console: 0, logfile: 0, telegram: 1 });
      // prod: 3 update outside, 1 update both; lab keeps 2 update and 1 create of the verdict before its errors.
      assertEquals(of("Resources in drift, by what Terraform would do"), {
        create: 1,
        update: 6,
        delete: 0,
        replace: 0,
      });
      assertEquals(of("Resources in drift, by who made the difference"), { outside: 6, pending: 0, both: 1 });
      assertEquals(of("Environments", "B"), { prod: 4, staging: 0, lab: 3, backup: 0 });
      assertEquals(of("Environments", "F"), { prod: 1, staging: 0, lab: 0, backup: 0 });
      assertEquals(of("Environments", "G"), { prod: 0, staging: 1, lab: 0, backup: 0 });
      assertEquals(of("Environments", "H"), { prod: END * 1000, staging: END * 1000 });
      assertEquals(of("Environments", "I"), { lab: 1 });
      assertEquals(of("Second witness"), { main: 1, site2: 0 });
      assertEquals(of("Guests in a state"), { main: 42 / 44 });
      assertEquals(of("Guests that wait for a restart"), { main: 1 });
      assertEquals(of("Guests, by whether a state knows them"), { yes: 42, no: 2, excluded: 4 });
    });

    await test.step("the variable lists every environment, the one that was never checked too", async () => {
      const [, metric, label] = /^label_values\((\w+), (\w+)\)$/.exec(dashboard.templating.list[1]!.definition!)!;
      assertEquals(await server.labelValues(label!, metric!), ["backup", "lab", "prod", "sandbox", "staging"]);
    });

    await test.step("the annotation finds alerts, and names them", async () => {
      const { expr, titleFormat, textFormat } = dashboard.annotations.list[0]!;
      const titles = (await server.over(filledIn(expr))).map(({ metric }) =>
        `${legend(titleFormat, metric)} ${legend(textFormat, { sink: "", ...metric })}`
      );
      assertEquals(titles.sort(), [
        "DriftCheckFailed backup",
        "DriftCheckFailed lab",
        "DriftCheckFailed prod",
        "DriftCheckStale backup",
        "DriftDetected lab",
        "DriftDetected prod",
        "DriftDetected staging",
      ]);
    });
  },
);

testWith(
  ["prometheus", "promtool", "chromium-headless-shell"],
  "the preview shows every panel, and a browser draws it",
  async (_, _prometheus, _promtool, chromium) => {
    const folder = await Deno.makeTempDir({ prefix: "preview-" });
    try {
      const html = join(folder, "preview.html");
      await writePage(html, END);
      const drawn = await run(chromium, ["--no-sandbox", "--disable-gpu", "--dump-dom", `file://${html}`]);
      for (const { title } of dashboard.panels) assertStringIncludes(drawn.stdout, `>${title}</h2>`);
      const graphs = dashboard.panels.filter(({ type }) => type === "timeseries").length;
      assertEquals(drawn.stdout.match(/<canvas/g)?.length, graphs, drawn.stderr);
      assertStringIncludes(drawn.stdout, "<span>lab</span><b>ERROR</b>");
      const png = join(folder, "preview.png");
      await takePicture(html, png, SIZE);
      assert((await Deno.stat(png)).size > 50_000, "an empty picture");
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
);
