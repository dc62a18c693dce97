import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import { parse } from "@std/yaml";
import { usage } from "../../drift/cli/help.ts";
import { parseConfigFile } from "../../drift/config/schema.ts";
import { RUN_BUNDLE } from "../../packaging/permissions.ts";
import { metricsOf } from "../../sinks/prom/metrics.ts";
import { type Block, codeOf, readHandbook, tablesBelow } from "./handbook.ts";
import { DURATION } from "../support/durations.ts";
import { ROOT, testWith } from "../support/programs.ts";
import { runDriftInTerminal, testTerminal } from "../support/pty.ts";
import { errorReport } from "../support/sample_reports.ts";

const handbook = await readHandbook();
const anchors = handbook.headings.map((heading) => heading.anchor);
const read = (path: string) => Deno.readTextFile(join(ROOT, path));
const bare = (cell: string) => cell.replaceAll("`", "");

/** The headings of the next level below one. */
function below(anchor: string): string[] {
  const at = anchors.indexOf(anchor);
  const { level } = handbook.headings[at]!;
  const rest = handbook.headings.slice(at + 1);
  const end = rest.findIndex((heading) => heading.level <= level);
  return rest.slice(0, end < 0 ? undefined : end).filter((one) => one.level === level + 1).map((one) => one.anchor);
}

Deno.test("every code block of the handbook is run or read by a test, or says why it cannot be", async () => {
  const wrong = handbook.blocks.filter(({ kind, name }) =>
    !["test", "not run", "config", "file", "output"].includes(kind ?? "") || (kind !== "config" && name === "")
  );
  assertEquals(wrong.map(({ line }) => `line ${line}`), []);
  const named = handbook.blocks.filter(({ kind }) => kind === "test" || kind === "file").map(({ name }) => name);
  assertEquals(named.length, new Set(named).size, "two blocks of one name");
  let tests = "";
  for (const folder of ["tests", "tests/real"]) {
    for await (const { name } of Deno.readDir(join(ROOT, folder))) {
      if (/^(handbook|existing_stack).*_test\.ts$/.test(name)) tests += await read(`${folder}/${name}`);
    }
  }
  assertEquals(named.filter((name) => !tests.includes(`"${name}"`)), [], "named in no test");
});

Deno.test("every link within the handbook leads to a heading of it, and no two headings share an anchor", () => {
  assertEquals(anchors.length, new Set(anchors).size);
  const wanted = [...handbook.text.matchAll(/\]\(#([^)]+)\)/g)].map(([, anchor]) => anchor!);
  assert(wanted.length > 20);
  assertEquals(wanted.filter((anchor) => !anchors.includes(anchor)), []);
});

Deno.test("the handbook has a section and a line for each alert rule, with its severity and patience", async () => {
  interface Rules {
    groups: {
      rules: { alert: string; for: string; labels: { severity: string }; annotations: { runbook_url: string } }[];
    }[];
  }
  const files = await Promise.all(
    ["drift-alerts.yml", "drift-unmanaged.yml"].map((name) => read(`dashboards/prometheus/${name}`)),
  );
  const rules = files.flatMap((text) => (parse(text) as Rules).groups).flatMap((group) => group.rules);
  assertEquals(
    rules.map((rule) => rule.annotations.runbook_url).filter((url) => !anchors.includes(url.split("#")[1]!)),
    [],
  );
  assertEquals(
    below("alerts").filter((anchor) => /^drift/.test(anchor)),
    rules.map(({ alert }) => alert.toLowerCase()),
  );
  const table = tablesBelow(handbook, "alerts").slice(1).map(([alert, severity, , after]) => [
    bare(alert!),
    severity,
    after,
  ]);
  assertEquals(table, rules.map((rule) => [rule.alert, rule.labels.severity, rule.for]));
});

Deno.test("the handbook has a section for each error class, and for no other", async () => {
  const [, union] = /export type ErrorClass =([^;]+);/.exec(await read("drift/report.ts"))!;
  const classes = [...union!.matchAll(/"([a-z-]+)"/g)].map(([, name]) => name!);
  assert(classes.length > 20);
  assertEquals(below("troubleshooting"), classes);
});

/** The text of each pve-drift.json in the handbook, those that a command writes included. */
function configurations(): string[] {
  const written = /cat >\S*pve-drift\.json <<'END'\n([^]*?)\nEND\n/.exec.bind(
    /cat >\S*pve-drift\.json <<'END'\n([^]*?)\nEND\n/,
  );
  return handbook.blocks.flatMap(({ kind, code }) => kind === "config" ? [code] : written(code)?.slice(1) ?? []);
}

Deno.test("every configuration in the handbook is one that the program reads", () => {
  const all = configurations();
  assert(all.length >= 5);
  for (const text of all) parseConfigFile(text, "pve-drift.json");
});

interface Schema {
  properties?: Record<string, Schema>;
  additionalProperties?: Schema;
  items?: Schema;
  anyOf?: Schema[];
  required?: string[];
}

/** The keys of a configuration as the handbook writes them; a sink's entry has its own, a cluster's those of `proxmox`. */
function keys(schema: Schema, path: string): string[] {
  const all = [schema, ...schema.anyOf ?? []];
  const own = path === "" ? [] : [path];
  if (["sinks", "terraform.env", "environments.NAME.env", "proxmox.clusters"].includes(path)) return own;
  const deeper = all.flatMap(({ properties, additionalProperties, items }) => [
    ...Object.entries(properties ?? {}).flatMap(([key, value]) => keys(value, path === "" ? key : `${path}.${key}`)),
    ...typeof additionalProperties === "object" ? keys(additionalProperties, `${path}.NAME`) : [],
    ...items ? keys(items, `${path}[]`) : [],
  ]);
  return deeper.length > 0 && /^(terraform|accept|accept\[\])$/.test(path)
    ? deeper
    : [...own, ...deeper].map((key) => key.replace(/\[\]$/, ""));
}

Deno.test("the handbook's table of keys is the schema's", async () => {
  const schema = JSON.parse(await read("docs/pve-drift.schema.json")) as Schema;
  const listed = tablesBelow(handbook, "every-key").slice(1).map(([key]) => bare(key!));
  const wanted = new Set(keys(schema, ""));
  wanted.add("accept");
  assertEquals(new Set(listed), wanted);
});

Deno.test("the handbook's metrics are those that are written", () => {
  const families = metricsOf(errorReport(), [], "prom", []).map(({ name }) => name).sort();
  const listed = tablesBelow(handbook, "metrics").slice(1).map(([name]) => bare(name!)).sort();
  assertEquals(listed, families);
});

Deno.test("the handbook's exit codes are those of --help", () => {
  const help = usage().split("Exit codes\n")[1]!;
  const codes = [...help.matchAll(/^ {2}(\d[\d, ]*?) {2}/gm)].map(([, code]) => code!.trim());
  assertEquals(tablesBelow(handbook, "exit-codes").slice(1).map(([code]) => code), codes);
});

testTerminal("the handbook's reports are what the program prints in a terminal of 80 columns", async () => {
  const shown = handbook.blocks.filter(({ kind }) => kind === "output");
  assertEquals(shown.length, 2);
  const without = (text: string) => text.replace(new RegExp(`; ${DURATION}$`, "m"), "");
  for (const { name, code } of shown) {
    const { text } = await runDriftInTerminal(name.split(" "), { columns: 80, cwd: ROOT, env: { NO_COLOR: "1" } });
    assertEquals(without(code), without(text), name);
  }
});

const played = await read("tests/lab/pve/played_pve.py").catch(() => undefined);

testWith([], "the handbook asks for the privileges that suffice in the lab, and names each", () => {
  const lab = /pve\.roles\['DriftCheck'\] = \{([^}]+)\}/.exec(played!)![1]!;
  const wanted = [...lab.matchAll(/'([\w.]+)'/g)].map(([, name]) => name!).sort();
  const asked = /--privs "([^"]+)"/.exec(handbook.text)![1]!.split(" ");
  const rows = tablesBelow(handbook, "a-token-that-reads").slice(1);
  const only = rows.filter(([, without]) => without!.startsWith("only with ")).map(([name]) => bare(name!));
  assertEquals(rows.map(([name]) => bare(name!)).sort(), [...asked, ...only].sort());
  // What the lab's code holds besides: tokens. It has no snippets.
  assertEquals([...asked, "User.Modify"].sort(), wanted);
}, played === undefined ? "the source of a release lacks the lab's Proxmox, which is AGPL" : undefined);

Deno.test("the handbook starts the bundle with the permissions of the program", () => {
  const started = `\nExecStart=/usr/lib/pve-drift/deno ${RUN_BUNDLE.join(" ")} /usr/lib/pve-drift/pve-drift.js --all\n`;
  assertStringIncludes(codeOf(handbook, "file", "bundle.conf"), started);
});

Deno.test("the Deno that the handbook installs is the one that runs the tests", () => {
  const named = [...handbook.text.matchAll(/linux-x64-glibc@([\d.]+)/g)].map(([, version]) => version);
  assertEquals(named, [Deno.version.deno]);
});

/** Comments may be translated; all else in a block may not. */
function withoutComments({ kind, name, language, code }: Block): unknown {
  const comment = language === "jsonc" ? /(^|\s)\s*\/\/ .*$/gm : /(^|\s)\s*# .*$/gm;
  return { kind, name: kind === "not run" ? "" : name, language, code: code.replace(comment, "").replace(/^\n/gm, "") };
}

Deno.test("the French handbook has the anchors, commands and code blocks of the English one", async () => {
  const french = await readHandbook("fr");
  const outline = ({ headings }: typeof handbook) => headings.slice(1).map(({ level, anchor }) => [level, anchor]);
  assertEquals(outline(french), outline(handbook));
  assertEquals(french.blocks.map(withoutComments), handbook.blocks.map(withoutComments));
  const inline = (text: string) =>
    [...text.replace(/^```[^]*?^```/gm, "").matchAll(/`([^`\n]+)`/g)].map(([, code]) => code!).sort();
  assertEquals(new Set(inline(french.text)), new Set(inline(handbook.text)));
  const tables = (one: typeof handbook) => one.headings.map(({ anchor }) => tablesBelow(one, anchor).length);
  assertEquals(tables(french), tables(handbook));
  const away = ({ text }: typeof handbook) => [...text.matchAll(/\]\(((?:https?:|#)[^)]+)\)/g)].map(([, to]) => to);
  assertEquals(away(french), away(handbook));
  assertMatch(handbook.text, /\]\(fr\/DRIFT-DETECTION\.md\)/);
  for (const { text } of [handbook, french]) {
    // What the formatter has wrapped within a code span would be shown with a gap, and could not be copied.
    const prose = text.replace(/^```[^]*?^```/gm, "").split("\n");
    assertEquals(prose.filter((line) => line.split("`").length % 2 === 0), []);
  }
});
