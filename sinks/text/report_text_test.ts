import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { GOLDENS, goldenText, goldenUrl, PLAIN } from "../../tests/record/console_golden.ts";
import {
  attribute,
  change,
  driftReport,
  environment,
  errorReport,
  okReport,
  report,
} from "../../tests/support/sample_reports.ts";
import { silentWitnessReport, witnessedReport } from "../../tests/support/witness_reports.ts";
import { renderReport } from "./report_text.ts";
import type { View } from "./page.ts";
import type { Change } from "../../drift/report.ts";
import type { DriftReport } from "../sink.ts";
import { loadMeasure } from "./text.ts";

const measure = await loadMeasure();
// deno-lint-ignore no-control-regex
const CONTROL = /[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]/;
// deno-lint-ignore no-control-regex
const SGR = /\x1b\[\d+m/g;
const DETAILS = ["quiet", "normal", "verbose"] as const;

function render(shown: DriftReport, view: Partial<View> = {}): string[] {
  return renderReport(shown, { ...PLAIN, ...view }, measure).map(({ text }) => text);
}

for (const golden of GOLDENS) {
  Deno.test(`renderReport() reads as kept in ${golden.file}`, async () => {
    assertEquals(await goldenText(golden), await Deno.readTextFile(goldenUrl(golden.file)));
  });

  Deno.test(`renderReport() says the same without colors, and fits its columns, when it shows ${golden.file}`, () => {
    for (const detail of DETAILS) {
      for (const columns of [40, 60, 80, 132]) {
        const plain = render(golden.report, { detail, columns });
        const colored = render(golden.report, { detail, columns, color: true });
        assertEquals(colored.map((line) => line.replace(SGR, "")), plain);
        for (const line of plain) assert(measure(line) <= columns, `${measure(line)} > ${columns}: ${line}`);
      }
    }
  });
}

Deno.test("renderReport() shows the table alone when all is ok", () => {
  assertEquals(render(okReport()).length, 4);
});

Deno.test("renderReport() tells after which upgrade a check saw a difference first", () => {
  const sinceUpgrade = { provider: "bpg/proxmox", from: "0.105.0", to: "0.106.0" };
  const old = attribute("tags", ["a"], ["b"], { isNew: false, firstSeenAt: "2026-11-20T05:00:00.000Z" });
  const read = attribute("started", true, false, { sinceUpgrade });
  const environments = [
    environment("lab", { changes: [change({ attributes: [read], sinceUpgrade })] }),
    environment("prod", { changes: [change({ attributes: [old, read] })] }),
    environment("web", { observed: [change({ attributes: [read], noise: ["bpg-tags"], sinceUpgrade })] }),
  ];
  const text = render(report(environments), { detail: "verbose", columns: 120 }).join("\n");
  const said = "first seen after bpg/proxmox 0.105.0 → 0.106.0";
  assertStringIncludes(text, `changed by hand, new, ${said}; an apply would change it back`);
  assertStringIncludes(text, `started (new, ${said}): expected true`);
  assertStringIncludes(text, `the same, ${said}; an apply would change nothing`);
  assertEquals(text.split(said).length - 1, 3, "once each");
});

Deno.test("renderReport() tells what flaps, what of it is equal at the moment, and what flaps no more", () => {
  const since = "2026-11-17T05:00:00.000Z", path = "memory[0].dedicated";
  const one = { address: change().address, label: 'VM 101 "web" on pve1', path };
  const flapping = { returns: 3, since, isNew: true };
  const environments = [
    environment("lab", { changes: [change({ attributes: [attribute(path, 2048, 4096, { flapping })] })] }),
    environment("prod", { settling: [{ ...one, returns: 3, since, equalChecks: 1 }] }),
    environment("web", { resolved: [{ ...one, wasFlapping: true }] }),
  ];
  const text = render(report(environments), { columns: 140 }).join("\n");
  const said = "flapping: the same value has come back 3 times since 2026-11-17";
  assertStringIncludes(text, "1 changed by hand, all new, 1 flapping");
  assertStringIncludes(text, `    ${path} (${said}): expected 2048 → actual 4096`);
  assertStringIncludes(text, "no difference for 12d, 1 flapping");
  assertStringIncludes(
    text,
    `  Flapping, and equal at the moment:\n    VM 101 "web" on pve1: ${path}, for 1 check; ${said}`,
  );
  assertStringIncludes(
    text,
    `  In order again since the last check:\n    VM 101 "web" on pve1: ${path} (flaps no more)`,
  );
});

Deno.test("renderReport() tells noise apart from what the plan leaves alone", () => {
  const shown = report([environment("lab", {
    observed: [
      change({ attributes: [attribute("mac_addresses", ["BC:24:11:00:00:01"], ["BC:24:11:00:00:02"])] }),
      change({ attributes: [attribute("tags", ["Prod"], ["prod"])], noise: ["bpg-tags"], note: "small letters" }),
    ],
  })]);
  const lines = render(shown, { detail: "verbose" }).map((line) => line.trim());
  const at = (text: string) => lines.findIndex((line) => line.startsWith(text));
  assert(at("Observed, changed by hand") < at("mac_addresses"), lines.join("\n"));
  assert(at("mac_addresses") < at("Noise, in which the plan sees a difference"), lines.join("\n"));
  assert(at("Noise, ") < at("the same; an apply would change nothing"), lines.join("\n"));
  assert(at("Note: small letters") > at("the same;") && at("tags") > at("Note:"), lines.join("\n"));
});

Deno.test("renderReport() shows nothing when quiet and all is ok", () => {
  assertEquals(render(okReport(), { detail: "quiet" }), []);
});

Deno.test("renderReport() leaves out what is ok when quiet", () => {
  const text = render(errorReport(), { detail: "quiet" }).join("\n");
  assert(!text.includes("\nprod "), text);
  assertStringIncludes(text, "staging      ERROR");
});

Deno.test("renderReport() shows what a run did not look at as skipped, never as in order", () => {
  const skipped = { reason: "the run was stopped before its turn" };
  const shown = report([environment("a"), environment("b", { skipped, previousStatus: "ok" })]);
  const lines = render(shown, { columns: 100, detail: "verbose" });
  assertEquals(lines.filter((line) => / (?:OK|SKIPPED) /.test(line)).map((line) => line.split(/  +/)), [
    ["a", "OK", "0", "no difference for 12d"],
    ["b", "SKIPPED", "unknown", "the run was stopped before its turn, OK before"],
  ]);
  assertStringIncludes(lines.at(-1)!, "2 environments: 1 ok, 1 skipped");
  assertEquals(render(shown, { detail: "quiet" }), []);
});

Deno.test("renderReport() shows warnings and what is in order again even when all is ok", () => {
  const warning = { severity: "warning" as const, summary: "Dropped TF_CLI_ARGS", detail: "" };
  const text = render(report([environment("a", { warnings: [warning], resolved: [{ address: "x.y" }] })])).join("\n");
  assertStringIncludes(text.replace(/\s+/g, " "), "1 in order again, 1 warning");
  assertStringIncludes(text, "  a: Dropped TF_CLI_ARGS");
  assertStringIncludes(text, "In order again since the last check:\n    x.y");
});

Deno.test("renderReport() says a warning of several environments once, and different ones each", () => {
  const warning = (summary: string) => ({ severity: "warning" as const, summary, detail: "d" });
  const shown = report([
    environment("a", { warnings: [warning("one"), warning("one"), warning("two")] }),
    environment("b", { warnings: [warning("one")] }),
  ]);
  const text = render(shown).join("\n");
  assertEquals(text.match(/: one/g)?.length, 1);
  assertStringIncludes(text, "  a, b: one");
  assertStringIncludes(text, "  a: two");
});

Deno.test("renderReport() gives each line the level of what it tells", () => {
  const lines = renderReport(errorReport(), PLAIN, measure);
  const level = (start: string) => lines.find(({ text }) => text.startsWith(start))?.level;
  assertEquals([level("prod "), level("staging "), level("  What to do")], ["info", "error", "error"]);
  const drift = renderReport(driftReport(), PLAIN, measure);
  assertEquals(drift.find(({ text }) => text.includes("memory[0].dedicated"))?.level, "warning");
  assertEquals(drift.find(({ text }) => text.startsWith("Warnings"))?.level, "warning");
});

Deno.test("renderReport() calls nothing new when no earlier check is known", () => {
  const { previousStatus: _, ...first } = environment("a", { changes: [change(), change({ address: "b.c" })] });
  assert(!render(report([first])).join("\n").includes("new"));
});

Deno.test("renderReport() says so when nothing was checked", () => {
  assertEquals(render(report([])), ["No environment was checked."]);
  assertEquals(render(report([], { configured: [], shard: { index: 2, of: 5 } })), ["No environment is in shard 2/5."]);
});

Deno.test("renderReport() never hides the status of an environment in error when it changed nothing", () => {
  const error = { class: "timeout" as const, summary: "Took too long", detail: "Took too long", cure: "Raise it" };
  const text = render(report([environment("a", { error })])).join("\n");
  assertStringIncludes(text, "a            ERROR   unknown            timeout: Took too long");
  assertEquals(text.match(/Took too long/g)?.length, 2);
});

Deno.test("renderReport() does not count as exact what an error may hide", () => {
  const error = { class: "timeout" as const, summary: "s", detail: "", cure: "c" };
  const last = (changes: Change[]) => render(report([environment("a", { error, changes })])).at(-1);
  assertEquals(last([]), "1 environment: 1 error; 12s; terraform 1.11.4");
  assertEquals(last([change()]), "1 environment: 1 error; at least 1 resource changed; 12s; terraform 1.11.4");
});

Deno.test("renderReport() cuts the details of the table at their end", () => {
  const error = { class: "timeout" as const, summary: "word ".repeat(40), detail: "", cure: "c" };
  const lines = render(report([environment("a", { error })]));
  assertEquals(lines[1], "a            ERROR   unknown            timeout: word word word word word word");
  assertEquals(lines[2], `${" ".repeat(40)}word word word word word word word word…`);
});

Deno.test("renderReport() lets no text of the report act on the terminal or start a line, wherever it stands", () => {
  const hostile = "\u001b[2J\r\n<3>prod OK\n\u009b31m\u202e\u0007";
  const everywhere = (value: unknown): unknown => {
    if (typeof value === "string") return KEPT.has(value) || /^\d{4}-/.test(value) ? value : value + hostile;
    if (Array.isArray(value)) return value.map(everywhere);
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, everywhere(item)]));
  };
  const changes = [
    change({ attributes: [attribute("p", { [hostile]: hostile }, [hostile])], reason: "r", causedBy: ["c"] }),
  ];
  const providers = { [hostile]: hostile };
  const full = environment("odd", { changes, providers, bookkeeping: [change({ action: "move" })] });
  for (const sample of [driftReport(), errorReport(), witnessedReport(), silentWitnessReport(), report([full])]) {
    for (const detail of DETAILS) {
      for (const line of render(everywhere(sample) as DriftReport, { detail })) {
        assert(!CONTROL.test(line), JSON.stringify(line));
        assert(!line.startsWith("<3>"), line);
        assert(measure(line) <= 80, line);
      }
    }
  }
});

/** What the report's own types limit, so that no stranger can write into it. */
const KEPT = new Set([
  "ok",
  "drift",
  "error",
  "warning",
  "create",
  "update",
  "delete",
  "replace",
  "move",
  "outside",
  "pending",
  "both",
]);

Deno.test("renderReport() tells 5,000 changes that are alike in a few lines, and verbose names each in one", () => {
  const changes = Array.from({ length: 5000 }, (_, index) => change({ address: `vm[${index}]`, label: `VM ${index}` }));
  const shown = report([environment("prod", { changes })]);
  assert(render(shown).length < 20, `${render(shown).length} lines`);
  assertStringIncludes(render(shown).join("\n"), "~ 5000 × proxmox_virtual_environment_vm, all alike\n");
  const verbose = render(shown, { detail: "verbose" });
  assert(verbose.length < 5020, `${verbose.length} lines`);
  assert(verbose.includes("    VM 4999: vm[4999]"));
});

Deno.test("renderReport() looks at each character of a long value a few times only, however long it is", () => {
  for (const make of [(size: number) => "x".repeat(size), (size: number) => "a word ".repeat(size / 7)]) {
    const looks = (size: number) => {
      const changes = [change({ attributes: [attribute("user_data", make(size), `${make(size)}!`)] })];
      let seen = 0;
      renderReport(report([environment("prod", { changes })]), { ...PLAIN, detail: "verbose" }, (text) => {
        seen += text.length;
        return text.length;
      });
      return seen / size;
    };
    assert(looks(140_000) < 1.5 * looks(14_000), `${looks(14_000)}, then ${looks(140_000)} looks at a character`);
  }
});

Deno.test("renderReport() lays a replacement of what nobody saw change to no hand, as of an image that is new upstream", () => {
  const image = change({
    address: "proxmox_virtual_environment_download_file.image",
    label: "download file debian.iso",
    action: "replace",
    note: "the file size from url has changed",
    attributes: [],
  });
  const text = render(report([environment("prod", { changes: [image, change()] })]), { columns: 120 }).join("\n");
  assertStringIncludes(text, "1 changed outside the code, 1 changed by hand, an apply would DESTROY 1");
  assertStringIncludes(
    text,
    "changed outside the code; an apply would DESTROY it and create it anew\n    Note: the file",
  );
});
