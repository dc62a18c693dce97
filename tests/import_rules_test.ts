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

/** A room: whose files they are, what they may import, and of what the types alone. `ROOM` is the folder's or file's own name. */
interface Room {
  files: string;
  may: string[];
  types?: string[];
}

const SINK_DOORS = ["sinks/load.ts", "sinks/sink.ts"];
const VERDICT_TYPES = ["drift/verdict/entry.ts", "drift/verdict/diff.ts", "drift/verdict/failures.ts"];

/** Who may import whom. Each file belongs to the first room that it fits; all may import usage_error.ts. */
const ROOMS: readonly Room[] = [
  { files: "lib/**", may: ["lib/**"] },
  { files: "drift/report.ts", may: [] },
  { files: "drift/usage_error.ts", may: [] },
  // It loads commands when they are called: see objection().
  { files: "drift/commands/table.ts", may: [] },
  { files: "drift/check-drift.ts", may: ["drift/**", "lib/**", ...SINK_DOORS] },
  { files: "drift/world.ts", may: ["lib/**", "sinks/load.ts"] },
  { files: "drift/terraform/**", may: ["drift/terraform/**", "lib/**", "drift/report.ts"] },
  { files: "drift/verdict/**", may: ["drift/verdict/**", "drift/terraform/**", "lib/**", "drift/report.ts"] },
  {
    files: "drift/providers/provider.ts",
    may: [],
    types: ["drift/terraform/**", "drift/report.ts", ...VERDICT_TYPES],
  },
  // The registry of providers, what is said of one that is not in it, and how the rows of noise are read.
  ...["registry.ts", "generic.ts", "noise.ts", "noise_shapes.ts", "remedies.ts"].map((name) =>
    `drift/providers/${name}`
  ).map((
    files,
  ) => ({
    files,
    may: ["drift/providers/**", "drift/terraform/**", "drift/report.ts", "lib/**"],
    types: VERDICT_TYPES,
  })),
  {
    files: "drift/providers/ROOM/**",
    may: ["drift/providers/ROOM/**", "drift/providers/provider.ts", "drift/terraform/**", "drift/report.ts", "lib/**"],
    types: VERDICT_TYPES,
  },
  {
    files: "drift/witness/**",
    may: ["drift/witness/**", "lib/**", "drift/report.ts"],
    types: ["drift/providers/provider.ts", "drift/verdict/testimony.ts"],
  },
  { files: "drift/config/**", may: ["drift/config/**", "lib/**"], types: ["sinks/load.ts"] },
  { files: "drift/cli/**", may: ["drift/cli/**", "lib/**", "drift/commands/table.ts", "sinks/load.ts"] },
  {
    files: "drift/run/**",
    may: [
      ...["config", "providers", "run", "terraform", "verdict", "witness"].map((room) => `drift/${room}/**`),
      ...["drift/report.ts", "drift/world.ts", "lib/**", ...SINK_DOORS],
    ],
  },
  {
    files: "drift/explain/**",
    may: [
      ...["config", "explain", "providers", "run", "terraform", "verdict", "witness"].map((room) => `drift/${room}/**`),
      ...["drift/report.ts", "lib/**"],
    ],
  },
  {
    files: "drift/commands/ROOM.ts",
    may: [
      ...["cli", "config", "explain", "providers", "run", "terraform", "verdict", "witness"].map((room) =>
        `drift/${room}/**`
      ),
      ...["drift/report.ts", "drift/world.ts", "lib/**", ...SINK_DOORS, "sinks/text/**", "drift/commands/ROOM.ts"],
    ],
  },
  { files: "sinks/load.ts", may: ["sinks/**", "lib/**"], types: ["drift/report.ts"] },
  { files: "sinks/sink.ts", may: ["lib/**"], types: ["drift/report.ts"] },
  { files: "sinks/options.ts", may: ["lib/**"] },
  { files: "sinks/text/**", may: ["sinks/text/**", "sinks/sink.ts", "lib/**"], types: ["drift/report.ts"] },
  ...["sinks/ROOM.ts", "sinks/ROOM/**"].map((files) => ({
    files,
    may: ["sinks/ROOM.ts", "sinks/ROOM/**", "sinks/text/**", "sinks/sink.ts", "sinks/options.ts", "lib/**"],
    types: ["drift/report.ts"],
  })),
  { files: "packaging/**", may: ["packaging/**", "lib/**"] },
];

/** Whether a path fits a pattern, where `ROOM` stands for one name: the same in both patterns of a room. */
function fit(pattern: string, path: string, room?: string): string | undefined {
  const source = pattern.replaceAll(".", "\\.").replaceAll("**", ".+")
    // A command's own files begin with its name: doctor.ts, doctor_text.ts.
    .replace("commands/ROOM\\.ts", "commands/ROOM(?:_\\w+)?\\.ts").replaceAll("ROOM", room ?? "([a-z]+)");
  const match = new RegExp(`^${source}$`).exec(path);
  return match ? match[1] ?? "" : undefined;
}

/** Why an arrow is forbidden; nothing where it is allowed. */
function objection({ from, to, typeOnly, lazy }: Arrow): string | undefined {
  if (!to.includes("/") || /^(node:|types\/)/.test(to) || to === "drift/usage_error.ts") return; // packages, ambient types
  if (/_test\.tsx?$/.test(to)) return "nobody imports a test";
  if (from === "drift/commands/table.ts" && to.startsWith("drift/commands/") && lazy) return;
  for (const { files, may, types = [] } of ROOMS) {
    const room = fit(files, from);
    if (room === undefined) continue;
    if (may.some((pattern) => fit(pattern, to, room) !== undefined)) return;
    if (!types.some((pattern) => fit(pattern, to, room) !== undefined)) return `${files} has no business with it`;
    return typeOnly ? undefined : `${files} may import its types alone`;
  }
  return "it is in no room";
}

/** The first circle of files found in a graph, as a path that ends where it begins. */
function circle(arrows: Pick<Arrow, "from" | "to">[]): string[] | undefined {
  const next = Map.groupBy(arrows, ({ from }) => from);
  const clean = new Set<string>();
  const walk = (file: string, path: string[]): string[] | undefined => {
    if (path.includes(file)) return [...path.slice(path.indexOf(file)), file];
    if (clean.has(file)) return undefined;
    for (const { to } of next.get(file) ?? []) {
      const found = walk(to, [...path, file]);
      if (found) return found;
    }
    clean.add(file);
    return undefined;
  };
  for (const file of next.keys()) {
    const found = walk(file, []);
    if (found) return found;
  }
  return undefined;
}

/** Every source file below the four folders, at any depth, tests left out. */
async function sourceFiles(): Promise<string[]> {
  const files: string[] = [];
  const folders = ["drift", "lib", "packaging", "sinks"];
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

// The table of commands is what the command line is read by, and loads a command when all of that is done.
const lasting = graph.filter(({ from, lazy }) => !(from === "drift/commands/table.ts" && lazy));

Deno.test("the module graph has no arrow that goes the wrong way", () => {
  const wrong = graph.flatMap((arrow) => {
    const why = objection(arrow);
    return why === undefined ? [] : [`${arrow.from} -> ${arrow.to}: ${why}`];
  });
  assertEquals(wrong, []);
});

Deno.test("the module graph has no circle of files, types and what is loaded later included", () => {
  assertEquals(circle(lasting), undefined);
});

/** The files that are loaded with one, at once and not when they are needed. */
function loadedWith(file: string): Set<string> {
  const seen = new Set([file]);
  for (const one of seen) {
    for (const { from, to, typeOnly, lazy } of graph) if (from === one && !typeOnly && !lazy) seen.add(to);
  }
  return seen;
}

Deno.test("check-drift.ts loads no more than a run without a need for it uses", () => {
  const heavy = [...loadedWith("drift/check-drift.ts")].filter((one) =>
    !one.startsWith("node:") && !["deno.json", "deno-std"].includes(one) && !one.endsWith(".ts")
  );
  assertEquals(heavy, [], "import these where they are used: start-up time is a feature");
});

Deno.test("a check loads nothing of the second witness where none is configured", () => {
  const loaded = [...loadedWith("drift/commands/check.ts")];
  assertEquals(loaded.includes("drift/run/attempts.ts"), true, "the path from the command to the check is another one");
  const ofWitness = loaded.filter((one) => /^(?:drift\/witness|lib\/proxmox_api)\//.test(one));
  assertEquals(
    ofWitness,
    ["drift/witness/claims.ts", "drift/witness/seen.ts"],
    "a memory is read in any case, and nothing else",
  );
});

Deno.test("only the command explain loads what explains", () => {
  const outside = graph.filter(({ from, to }) => to.startsWith("drift/explain/") && !from.startsWith("drift/explain/"));
  assertEquals(outside.filter(({ from }) => !from.startsWith("drift/commands/explain")), []);
});

Deno.test("objection() knows right arrows from wrong ones", () => {
  const arrow = (from: string, to: string, kind?: "type" | "lazy") => ({
    ...{ from, to, typeOnly: kind === "type", lazy: kind === "lazy" },
  });
  const right = [
    arrow("drift/run/run.ts", "drift/run/check.ts"),
    arrow("drift/run/run.ts", "lib/process.ts"),
    arrow("drift/run/run.ts", "sinks/load.ts"),
    arrow("drift/run/run.ts", "drift/providers/registry.ts"),
    arrow("drift/run/dispatch.ts", "sinks/sink.ts", "type"),
    arrow("drift/check-drift.ts", "deno.json"),
    arrow("drift/check-drift.ts", "drift/commands/table.ts"),
    arrow("drift/commands/table.ts", "drift/commands/doctor.ts", "lazy"),
    arrow("drift/commands/doctor.ts", "drift/commands/doctor_text.ts"),
    arrow("drift/commands/doctor_text.ts", "drift/commands/doctor.ts", "type"),
    arrow("drift/commands/sinks.ts", "drift/cli/parse.ts", "type"),
    arrow("drift/config/load.ts", "zod"),
    arrow("drift/config/load.ts", "drift/usage_error.ts"),
    arrow("drift/config/load.ts", "sinks/load.ts", "type"),
    arrow("drift/cli/parse.ts", "drift/commands/table.ts"),
    arrow("drift/providers/registry.ts", "drift/providers/proxmox/proxmox.ts"),
    arrow("drift/providers/proxmox/deep/labels.ts", "drift/providers/proxmox/noise.ts"),
    arrow("drift/providers/proxmox/noise.ts", "drift/verdict/entry.ts", "type"),
    arrow("drift/witness/deep/inventory.ts", "lib/proxmox_api/connection.ts"),
    arrow("drift/explain/code/parse.ts", "web-tree-sitter"),
    arrow("drift/explain/code/places.ts", "drift/report.ts", "type"),
    arrow("drift/commands/explain.ts", "drift/explain/code/places.ts"),
    arrow("sinks/prom.ts", "drift/report.ts", "type"),
    arrow("sinks/prom.ts", "sinks/prom/metrics.ts"),
    arrow("sinks/telegram/deep/block.ts", "sinks/text/values.ts"),
    arrow("sinks/prom.ts", "lib/atomic_file.ts"),
    arrow("lib/log.ts", "@logtape:logtape"),
    arrow("lib/proxmox_api/answers.ts", "lib/duration.ts"),
    arrow("packaging/bundle.ts", "lib/process.ts"),
  ];
  const wrong = [
    arrow("drift/run/run.ts", "sinks/prom.ts"),
    arrow("drift/run/run.ts", "drift/cli/parse.ts", "type"),
    arrow("drift/run/run.ts", "drift/commands/table.ts"),
    arrow("drift/run/deep/run.ts", "drift/commands/check.ts", "lazy"),
    arrow("drift/commands/table.ts", "drift/commands/doctor.ts"),
    arrow("drift/commands/table.ts", "lib/names.ts"),
    arrow("drift/commands/doctor.ts", "drift/commands/sinks.ts"),
    arrow("drift/commands/doctor.ts", "drift/commands/sinks_text.ts", "type"),
    arrow("drift/cli/parse.ts", "drift/config/shard.ts", "type"),
    arrow("drift/config/load.ts", "sinks/load.ts"),
    arrow("drift/config/load.ts", "drift/terraform/command.ts"),
    arrow("drift/config/load.ts", "drift/cli/parse.ts", "type"),
    arrow("drift/terraform/session.ts", "drift/config/config.ts", "type"),
    arrow("drift/terraform/deep/plan.ts", "drift/verdict/verdict.ts"),
    arrow("drift/verdict/changes.ts", "drift/providers/proxmox/proxmox.ts"),
    arrow("drift/verdict/changes.ts", "drift/providers/provider.ts", "type"),
    arrow("drift/verdict/changes.ts", "tests/support/plans.ts"),
    arrow("drift/verdict/changes.ts", "drift/verdict/changes_test.ts"),
    arrow("drift/providers/proxmox/noise.ts", "drift/providers/telmate/noise.ts"),
    arrow("drift/providers/proxmox/noise.ts", "drift/verdict/entry.ts"),
    arrow("drift/providers/provider.ts", "drift/terraform/plan.ts"),
    arrow("drift/explain/code/places.ts", "drift/commands/explain.ts", "type"),
    arrow("drift/run/run.ts", "drift/explain/code/places.ts", "lazy"),
    arrow("drift/report.ts", "lib/duration.ts"),
    arrow("sinks/prom.ts", "drift/report.ts"),
    arrow("sinks/prom.ts", "drift/run/run.ts", "type"),
    arrow("sinks/prom.ts", "sinks/telegram/news.ts"),
    arrow("sinks/prom/metrics.ts", "sinks/telegram.ts"),
    arrow("lib/process.ts", "drift/report.ts", "type"),
    arrow("lib/deep/process.ts", "sinks/sink.ts", "type"),
    arrow("lib/process.ts", "tests/lab/paths.ts"),
    arrow("packaging/bundle.ts", "drift/report.ts", "type"),
    arrow("drift/stray.ts", "lib/process.ts"),
  ];
  assertEquals(right.filter(objection), []);
  assertEquals(wrong.filter((one) => !objection(one)), []);
});

Deno.test("circle() finds one however long, and none where paths only meet again", () => {
  const arrows = (...pairs: string[]) => pairs.map((pair) => ({ from: pair[0]!, to: pair[1]! }));
  assertEquals(circle(arrows("ab", "ac", "bd", "cd")), undefined);
  assertEquals(circle(arrows("ab", "bc", "cd", "db")), ["b", "c", "d", "b"]);
  assertEquals(circle(arrows("aa")), ["a", "a"]);
});
