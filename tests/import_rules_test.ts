import { assertEquals } from "@std/assert";

/** One import: paths relative to the project's folder, or the package's name for what comes from npm. */
interface Arrow {
  from: string;
  to: string;
  typeOnly: boolean;
  lazy: boolean;
}

interface Graph {
  modules: { specifier: string; error?: string; dependencies?: Dependency[] }[];
}

interface Dependency {
  specifier: string;
  code?: { specifier?: string };
  type?: { specifier?: string };
  isDynamic?: boolean;
}

const project = new URL("../", import.meta.url);

/** Why an arrow is forbidden; nothing where it is allowed. */
function objection({ from, to, typeOnly }: Arrow): string | undefined {
  const [source, target] = [from, to].map((path) => path.split("/", 1)[0]);
  if (!to.includes("/") || /^(node:|types\/)/.test(to)) return; // deno.json, a package, the ambient types
  if (/_test\.tsx?$/.test(to)) return "nobody imports a test";
  if (target === "tests") return "nobody imports tests/";
  if (source === target) return;
  if (source === "lib") return "lib/ imports nothing of ours";
  if (target === "lib") return;
  if (source === "sinks") {
    return to === "drift/report.ts" && typeOnly ? undefined : "of drift/, sinks/ import types of report.ts only";
  }
  if (source === "drift") {
    if (to === "sinks/load.ts" || to === "sinks/sink.ts") return;
    return "of sinks/, drift/ imports sink.ts and load.ts only";
  }
  return `${source}/ has no business with ${target}/`;
}

/** Every source file below the three folders, at any depth, tests left out. */
async function sourceFiles(): Promise<string[]> {
  const files: string[] = [];
  const folders = ["drift", "lib", "sinks"];
  for (const folder of folders) {
    for await (const { name, isDirectory } of Deno.readDir(new URL(folder, project))) {
      if (isDirectory) folders.push(`${folder}/${name}`);
      else if (name.endsWith(".ts") && !name.endsWith("_test.ts")) files.push(`${folder}/${name}`);
    }
  }
  return files.sort();
}

async function arrows(files: string[]): Promise<Arrow[]> {
  const dir = await Deno.makeTempDir({ prefix: "import_rules_" });
  try {
    const root = `${dir}/all.ts`;
    await Deno.writeTextFile(root, files.map((file) => `import "${new URL(file, project)}";\n`).join(""));
    const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["info", "--json", "--config", new URL("deno.json", project).pathname, root],
    }).output();
    if (!success) throw new Error(`Cannot read the module graph: ${new TextDecoder().decode(stderr)}`);
    const graph: Graph = JSON.parse(new TextDecoder().decode(stdout));
    const ours = graph.modules.filter(({ specifier }) => files.includes(short(specifier)));
    assertEquals(ours.map(({ specifier }) => short(specifier)).sort(), files, "not all files are in the module graph");
    return ours.flatMap(({ specifier, dependencies }) =>
      (dependencies ?? []).map((one) => ({
        from: short(specifier),
        to: short((one.code ?? one.type)?.specifier ?? one.specifier),
        typeOnly: one.code === undefined,
        lazy: one.isDynamic === true,
      }))
    );
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}

function short(specifier: string): string {
  if (specifier.startsWith(project.href)) return specifier.slice(project.href.length);
  return specifier.match(/^npm:\/?((?:@[^/]+\/)?[^@/]+)/)?.[1]?.replace("/", ":") ?? specifier;
}

const graph = await arrows(await sourceFiles());

Deno.test("the module graph has no arrow that goes the wrong way", () => {
  const wrong = graph.map((arrow) => ({ ...arrow, why: objection(arrow) })).filter(({ why }) => why);
  assertEquals(wrong.map(({ from, to, why }) => `${from} -> ${to}: ${why}`), []);
});

Deno.test("check-drift.ts loads no more than a run without a need for it uses", () => {
  const seen = new Set(["drift/check-drift.ts"]);
  for (const one of seen) {
    for (const { from, to, typeOnly, lazy } of graph) if (from === one && !typeOnly && !lazy) seen.add(to);
  }
  const heavy = [...seen].filter((one) =>
    !one.startsWith("node:") && !["deno.json", "deno-std"].includes(one) && !one.endsWith(".ts")
  );
  assertEquals(heavy, [], "import these where they are used: start-up time is a feature");
});

Deno.test("objection() knows right arrows from wrong ones", () => {
  const arrow = (from: string, to: string, typeOnly = false) => ({ from, to, typeOnly, lazy: false });
  const right = [
    arrow("drift/run/run.ts", "drift/run/check.ts"),
    arrow("drift/run/run.ts", "lib/process.ts"),
    arrow("drift/run/run.ts", "sinks/load.ts"),
    arrow("drift/run/dispatch.ts", "sinks/sink.ts", true),
    arrow("drift/check-drift.ts", "deno.json"),
    arrow("drift/config/load.ts", "zod"),
    arrow("sinks/prom.ts", "drift/report.ts", true),
    arrow("sinks/prom.ts", "lib/atomic_file.ts"),
    arrow("lib/log.ts", "@logtape:logtape"),
  ];
  const wrong = [
    arrow("drift/run/run.ts", "sinks/prom.ts"),
    arrow("drift/verdict/changes.ts", "tests/support/plans.ts"),
    arrow("drift/verdict/changes.ts", "drift/verdict/changes_test.ts"),
    arrow("sinks/prom.ts", "drift/report.ts"),
    arrow("sinks/prom.ts", "drift/run/run.ts", true),
    arrow("lib/process.ts", "drift/report.ts", true),
    arrow("lib/process.ts", "sinks/sink.ts", true),
    arrow("lib/process.ts", "tests/lab/paths.ts"),
  ];
  assertEquals(right.filter(objection), []);
  assertEquals(wrong.filter((one) => !objection(one)), []);
});
