import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import type { AcceptRule } from "../config/schema.ts";
import { recordedEnvironment } from "../run/recorded.ts";
import { type ReplayContext, replayEnvironment } from "../run/replay.ts";
import { readReplay, replayName } from "./replay.ts";
import { UsageError } from "../usage_error.ts";

const FIXTURES = new URL("../../tests/fixtures/", import.meta.url);
const context: ReplayContext = { accept: [], hideText: false, inherited: {}, now: () => Date.UTC(2026, 10, 24) };
const input = {
  readFile: (path: string) => Deno.readFile(new URL(path, FIXTURES)),
  readStdin: () => Promise.reject(new Error("no stdin")),
};
const replay = async (...files: string[]) => replayEnvironment("x", "/x", await readReplay(files, input), context);
const texts = (files: Record<string, string>) => ({
  readFile: (path: string) => Promise.resolve(new TextEncoder().encode(files[path]!)),
  readStdin: () => Promise.resolve(new TextEncoder().encode(files["-"]!)),
});

Deno.test("replay tells a plan from a message stream by the first line, in any order, from stdin too", async () => {
  const show = await Deno.readTextFile(new URL("bpg/ram_added.json", FIXTURES));
  const stream = await Deno.readTextFile(new URL("streams/clean.terraform-1.11.4.jsonl", FIXTURES));
  for (
    const files of [{ a: show, "-": stream }, { "-": stream, a: show }, {
      a: JSON.stringify(JSON.parse(show), null, 2),
      "-": stream,
    }]
  ) {
    const evidence = await readReplay(Object.keys(files), texts(files));
    assertEquals([evidence.messages?.version, "json" in evidence.shown!], ["1.11.4", true]);
  }
});

Deno.test("replay knows a message stream whose keys stand in another order", async () => {
  const stream = await Deno.readTextFile(new URL("streams/clean.terraform-1.11.4.jsonl", FIXTURES));
  const turned = stream.trim().split("\n").map((line) =>
    JSON.stringify(Object.fromEntries(Object.entries(JSON.parse(line)).reverse()))
  );
  assertEquals((await readReplay(["a"], texts({ a: turned.join("\n") }))).messages?.version, "1.11.4");
});

Deno.test("replay of a recorded plan gives the verdict of a check", async () => {
  const drifted = await replay("bpg/ram_added.json");
  assertEquals([drifted.status, drifted.changes[0]!.label, drifted.changes[0]!.confirmed], [
    "drift",
    'VM 101 "web" on pve1',
    false,
  ]);
  assertEquals(drifted.changes[0]!.attributes, [{
    path: "memory[0].dedicated",
    sensitive: false,
    origin: "outside",
    expected: 2048,
    actual: 4096,
    isNew: true,
    firstSeenAt: drifted.startedAt,
  }]);
  assertEquals((await replay("bpg/clean.json")).status, "ok");
  assertEquals((await replay("bpg/err_ct_403.json")).error?.class, "unknown");
});

Deno.test("replay of a message stream alone lists what it tells, without attributes, and says so", async () => {
  const clean = await replay("streams/clean.terraform-1.11.4.jsonl");
  assertEquals([clean.status, clean.warnings.length], ["ok", 1]);
  assertStringIncludes(clean.warnings[0]!.summary, "-refresh-only");
  for (const file of ["streams/changed.terraform-1.11.4.jsonl", "streams/changed.tofu-1.12.6.jsonl"]) {
    const changed = await replay(file);
    // Both files of the recording vanished: rule (a).
    assertEquals(changed.error?.class, "suspect");
    assertEquals(
      changed.changes.filter((change) => change.origin === "outside").map((change) => [change.address, change.action]),
      [
        ["local_file.edited", "create"],
        ["local_file.gone", "create"],
      ],
    );
    assertEquals(changed.bookkeeping.map((change) => change.action).sort(), ["forget", "import", "move", "read"]);
    assertEquals(changed.changes.some((change) => change.attributes.length > 0), false);
    assertStringIncludes(changed.warnings[0]!.summary, "Only the message stream was given");
  }
  assertEquals((await replay("streams/broken.terraform-1.11.4.jsonl")).error?.class, "config-invalid");
});

Deno.test("replay of what is cut, empty or something else is an error, never ok", async () => {
  const show = await Deno.readTextFile(new URL("bpg/clean.json", FIXTURES));
  const stream = await Deno.readTextFile(new URL("streams/clean.terraform-1.11.4.jsonl", FIXTURES));
  for (
    const text of [
      show.slice(0, 5000),
      stream.slice(0, -60),
      stream.slice(0, 400),
      '{"format_version":"1.0","values":{}}',
      "hello\n",
      "[]",
    ]
  ) {
    const environment = replayEnvironment("x", "/x", await readReplay(["a"], texts({ a: text })), context);
    assertEquals([environment.status, environment.error?.class], ["error", "unknown"], text.slice(0, 40));
  }
  await assertRejects(() => readReplay(["a"], texts({ a: " \n" })), UsageError, "it is empty");
  await assertRejects(() => readReplay(["a", "b"], texts({ a: show, b: show })), UsageError, "second plan");
  await assertRejects(
    () => readReplay(["a", "b"], texts({ a: stream, b: stream })),
    UsageError,
    "second message stream",
  );
  await assertRejects(() => readReplay(["gone.json"], input), UsageError, 'Cannot read "gone.json"');
});

Deno.test("replay of what people have at hand instead of a plan says what that is, and how to make one", async () => {
  for (
    const [text, said] of [
      ['resource "local_file" "a" {\n  content = "x"\n}\n', '"a": it looks like code, not like a plan'],
      ["PK\x03\x04\x14\0", "it is the file that `terraform plan -out` writes, not its JSON"],
      ["\nTerraform will perform the following actions:\n", "it is the plan as text, not as JSON"],
      ["No changes. Your infrastructure matches the configuration.\n", "it is the plan as text, not as JSON"],
      ['{"format_version":"1.0","values":{}}', "a state is no plan"],
      ['{"version":4,"serial":1,"lineage":"x","resources":[]}', 'it has no "format_version"'],
      ["hello", "5 characters that are no JSON"],
    ] as const
  ) {
    const { error } = replayEnvironment("x", "/x", await readReplay(["a"], texts({ a: text })), context);
    assertStringIncludes(error!.summary, said);
    assertStringIncludes(error!.cure, "`terraform show -json PLANFILE > FILE`");
  }
  await assertRejects(
    () => readReplay(["a"], texts({ a: "" })),
    UsageError,
    'it is empty, wanted what "terraform show -json PLANFILE > FILE"',
  );
});

Deno.test("replay knows a message stream behind lines that a wrapper or init printed", async () => {
  const show = await Deno.readTextFile(new URL("bpg/ram_added.json", FIXTURES));
  const stream = await Deno.readTextFile(new URL("streams/clean.terraform-1.11.4.jsonl", FIXTURES));
  const behind = `Initializing the backend...\n{ injecting secrets }\n${stream}`;
  for (const files of [{ show, behind }, { behind, show }]) {
    const { messages, shown } = await readReplay(Object.keys(files), texts(files));
    assertEquals([messages?.version, "json" in shown!], ["1.11.4", true]);
  }
});

Deno.test("replay applies accept rules and hides what is to be hidden", async () => {
  const rule: AcceptRule = {
    address: "module.vm[*].proxmox_virtual_environment_vm.this",
    path: "memory[0].dedicated",
    reason: "r",
  };
  const evidence = await readReplay(["bpg/ram_added.json"], input);
  const accepted = replayEnvironment("x", "/x", evidence, { ...context, accept: [rule] });
  assertEquals([accepted.status, accepted.changes.length, accepted.accepted.length], ["ok", 0, 1]);
  const other = replayEnvironment("x", "/x", evidence, { ...context, accept: [{ ...rule, env: "prod" }] });
  assertEquals(other.status, "drift");
});

Deno.test("replayName() makes a name of the file's that names allow", () => {
  assertEquals(["-", "/a/b/prod.json", "/x/.hidden plan.jsonl", "///.json", `${"n".repeat(80)}.json`].map(replayName), [
    "replay",
    "prod",
    "hidden-plan",
    "replay",
    "n".repeat(64),
  ]);
});

Deno.test("recordedEnvironment() has one that is clean, one that drifted and one that failed", async () => {
  const verdicts = await Promise.all(["clean", "drifted", "failing"].map((name) => recordedEnvironment(name, context)));
  assertEquals(verdicts.map(({ report }) => [report.status, report.error?.class]), [["ok", undefined], [
    "drift",
    undefined,
  ], ["error", "permission"]]);
});

Deno.test("replay reads plan and stream as Windows PowerShell writes them, in UTF-16 with a mark", async () => {
  const show = await Deno.readTextFile(new URL("bpg/ram_added.json", FIXTURES));
  const stream = await Deno.readTextFile(new URL("streams/clean.terraform-1.11.4.jsonl", FIXTURES));
  const utf16 = (text: string) => {
    const units = Uint16Array.from(`\uFEFF${text}`, (char) => char.charCodeAt(0));
    return Promise.resolve(new Uint8Array(units.buffer));
  };
  const files: Record<string, string> = { show, stream };
  const evidence = await readReplay(["show", "stream"], { ...input, readFile: (path) => utf16(files[path]!) });
  assertEquals(evidence, await readReplay(["show", "stream"], texts(files)));
});

Deno.test("replay finds the plan behind a line that a wrapper printed", async () => {
  const show = await Deno.readTextFile(new URL("bpg/ram_added.json", FIXTURES));
  const { shown } = await readReplay(["a"], texts({ a: `{ injecting secrets }\nusing profile prod\n${show}` }));
  assertEquals(shown, { json: JSON.parse(show) });
});
