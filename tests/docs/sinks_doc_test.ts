import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import { parseCli } from "../../drift/cli/parse.ts";
import { readSpec } from "../../drift/config/sink_entries.ts";
import { type Outcome, ROOT, run, testWith } from "../support/programs.ts";

const doc = await Deno.readTextFile(join(ROOT, "docs/SINKS.md"));

/** The code blocks under markers that match, with what the marker says. */
function blocks(marker: string): { name: string; code: string }[] {
  const found = doc.matchAll(new RegExp(`<!-- (${marker}) -->\n+\`\`\`\\w+\n([\\s\\S]*?\n)\`\`\``, "g"));
  return Array.from(found, ([, name, code]) => ({ name: name!.replace("file: ", ""), code: code! }));
}

interface Example {
  dir: string;
  /** What the server of the example was sent. */
  received: { title: string | null; authorization: string | null; body: string }[];
  /** What the server answers next; 200 where nothing is left. */
  answers: number[];
  /** The documented entries, by what they use. */
  entries: Record<string, unknown>[];
  /** Runs the program with these sinks as a user does, in the folder of the examples. */
  drift(sinks: Record<string, unknown>[], ...args: string[]): Promise<Outcome>;
}

/** The documented files and entries as they stand there, but for the server's address and the folder /srv. */
async function withExamples(test: (example: Example) => Promise<void>): Promise<void> {
  const dir = await Deno.makeTempDir();
  const received: Example["received"] = [];
  const answers: number[] = [];
  await using server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, async (request) => {
    const header = (name: string) => request.headers.get(name);
    received.push({ title: header("Title"), authorization: header("Authorization"), body: await request.text() });
    return new Response(null, { status: answers.shift() ?? 200 });
  });
  const here = (text: string) =>
    text.replaceAll("https://ntfy.example.org", `http://127.0.0.1:${server.addr.port}`)
      .replaceAll("net=ntfy.example.org", `net=127.0.0.1:${server.addr.port}`)
      .replaceAll("/srv/", `${dir}/`);
  try {
    for (const { name, code } of blocks("file: .*")) {
      await Deno.writeTextFile(join(dir, name), code, { mode: code.startsWith("#!") ? 0o755 : 0o644 });
    }
    const entries = blocks("entry").map(({ code }) => JSON.parse(here(code)) as Record<string, unknown>);
    const main = [
      ...["run", "-q", "-P=drift", "--no-prompt", "--cached-only", "--config", join(ROOT, "deno.json")],
      join(ROOT, "drift/check-drift.ts"),
    ];
    const drift = async (sinks: Record<string, unknown>[], ...args: string[]) => {
      const config = { stateDir: "state", environments: {}, sinks };
      await Deno.writeTextFile(join(dir, "pve-drift.json"), JSON.stringify(config));
      return await run(Deno.execPath(), [...main, ...args], { cwd: dir, env: { NTFY_TOKEN: "tk_example" } });
    };
    await test({ dir, received, answers, entries, drift });
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}

testWith(["python3"], "the sinks of docs/SINKS.md load and deliver as written", async () => {
  await withExamples(async ({ dir, received, answers, entries, drift }) => {
    const [todo, ntfy] = entries;
    assertEquals([todo!.use, ntfy!.use], ["exec:./todo.py", "file:./ntfy.ts"]);
    const listed = await drift(entries, "sinks");
    assertEquals([listed.code, listed.stderr], [0, ""]);

    const noted = await drift(entries, "sinks", "test", "exec:./todo.py");
    assertEquals([noted.code, noted.stderr], [0, ""]);
    assertMatch(await Deno.readTextFile(join(dir, "todo.txt")), /^sink-test: drift, resources changed: \d\n$/);

    answers.push(503);
    const sent = await drift(entries, "sinks", "test", "file:./ntfy.ts");
    assertEquals([sent.code, sent.stderr], [0, ""]);
    assertEquals(received.map(({ body, authorization }) => [body, authorization]), [
      ["sink-test: drift", "Bearer tk_example"],
      ["sink-test: drift", "Bearer tk_example"],
    ]);
    assert(received[0]!.title!.startsWith("Drift on "));
  });
});

testWith(["python3"], "the sinks of docs/SINKS.md send nothing in a dry run", async () => {
  await withExamples(async ({ dir, received, entries, drift }) => {
    const { code, stderr } = await drift(entries, "--dry-run", "--json");
    assertEquals(code, 3);
    assertStringIncludes(stderr, "would start");
    assertStringIncludes(stderr, "would send to http://127.0.0.1:");
    assertEquals(received, []);
    assertEquals(await Deno.stat(join(dir, "todo.txt")).catch(() => "not written"), "not written");
  });
});

testWith(["python3"], "the sinks of docs/SINKS.md name what is wrong with an entry", async () => {
  await withExamples(async ({ entries, drift }) => {
    const [todo, ntfy] = entries;
    const wrong = await drift([{ ...ntfy, url: "drift" }], "--dry-run");
    assertEquals([wrong.code, wrong.stdout], [64, ""]);
    assertStringIncludes(wrong.stderr, 'its options are wrong: "url" must be the address of a topic, got "drift"');
    const typo = await drift([{ ...ntfy, tokn: "X" }], "--dry-run");
    assertStringIncludes(typo.stderr, 'its options are wrong: unknown option "tokn": it takes "url" and "tokenEnv"');
    const closed = await drift([{ ...ntfy, allow: [] }], "sinks", "test", "file:./ntfy.ts");
    assertEquals(closed.code, 1);
    assertStringIncludes(closed.stdout, 'it lacks a permission: add "env=NTFY_TOKEN" to "allow" in its entry');
    const { file: _, ...fileless } = todo!;
    const missing = await drift([fileless], "sinks", "test", "exec:./todo.py");
    assertStringIncludes(missing.stdout, 'it refuses its options: option "file" is missing');
  });
});

Deno.test("docs/SINKS.md gives the contract as it is, and examples that fit it", async () => {
  const dir = await Deno.makeTempDir();
  const contract = import.meta.resolve("../../sinks/sink.ts");
  const [shown] = blocks("contract");
  const names = ["SinkModule<number>", "SinkContext", "Sink", "Probe", "SinkOutcome"];
  await Deno.writeTextFile(
    join(dir, "contract.ts"),
    [
      `import type * as real from "${contract}"; import type { DriftReport } from "${contract}";`,
      shown!.code,
      // Each must do for the other: a method's parameters are compared in both directions.
      ...names.map((name, at) => `export const to${at} = (x: ${name}): real.${name} => x;`),
      ...names.map((name, at) => `export const from${at} = (x: real.${name}): ${name} => x;`),
    ].join("\n"),
  );
  for (const { name, code } of blocks("file: .*\\.ts")) {
    await Deno.writeTextFile(
      join(dir, name),
      code.replace("./pve_drift_sink.d.ts", import.meta.resolve("../../docs/examples/pve_drift_sink.d.ts")),
    );
  }
  const files = ["contract.ts", ...blocks("file: .*\\.ts").map(({ name }) => name)].map((name) => join(dir, name));
  const { code, stderr } = await run(Deno.execPath(), ["check", "-q", "--config", join(ROOT, "deno.json"), ...files]);
  await Deno.remove(dir, { recursive: true });
  assertEquals([code, stderr], [0, ""]);
});

Deno.test("docs/SINKS.md shows command lines that the program understands", () => {
  const lines = [...doc.matchAll(/^deno task drift(.*)$/gm)].map(([, rest]) => rest!.replace(/ #.*/, "").trim());
  assert(lines.length >= 5);
  for (const line of lines) {
    const words = Array.from(line.matchAll(/"([^"]*)"|\S+/g), ([word, inner]) => inner ?? word);
    for (const spec of parseCli(words).sinks) readSpec(spec.replace(/^\+/, ""));
  }
});
