import { assertEquals } from "@std/assert";
import { type Messages, parseMessages } from "./stream.ts";

/** A stream that tests/record/streams.ts recorded. */
function recorded(name: string): string {
  return Deno.readTextFileSync(new URL(`../../tests/fixtures/streams/${name}.jsonl`, import.meta.url));
}

function counts({ drifted, planned, outputs, unparsable, summary }: Messages) {
  return {
    drifted: drifted.length,
    planned: planned.length,
    outputs: outputs.length,
    unparsable: unparsable.length,
    summary,
  };
}

const NOTHING = { drifted: 0, planned: 0, outputs: 0, unparsable: 0, summary: undefined };

function line(message: Record<string, unknown>): string {
  return JSON.stringify({ "@level": "info", "@message": "x", ...message }) + "\n";
}

function summary(operation: string, add: number): string {
  return line({ type: "change_summary", changes: { add, change: 0, import: 0, remove: 0, operation } });
}

const RECORDED = ["terraform-1.11.4", "tofu-1.12.6"] as const;

for (const by of RECORDED) {
  const tofu = by.startsWith("tofu");

  Deno.test(`parseMessages() finds nothing in a clean plan of ${by}`, () => {
    const messages = parseMessages(recorded(`clean.${by}`));
    const zero = { add: 0, change: 0, remove: 0, import: 0, ...(tofu && { forget: 0 }), operation: "plan" };
    assertEquals(counts(messages), { ...NOTHING, summary: zero });
    assertEquals(messages.tool, tofu ? "tofu" : "terraform");
    assertEquals(messages.version, tofu ? "1.12.6-dev" : "1.11.4");
    assertEquals(messages.diagnostics, []);
    assertEquals(
      [...messages.refreshed.values()].every(({ idKey, idValue }) => idKey === "id" && idValue !== ""),
      true,
    );
    assertEquals([...messages.refreshed.keys()].sort(), [
      "local_file.edited",
      "local_file.gone",
      'terraform_data.each["a.b"]',
      'terraform_data.each["c \\"d\\""]',
      "terraform_data.forgotten",
      "terraform_data.old_name",
      "terraform_data.replaced",
    ]);
  });

  Deno.test(`parseMessages() counts every kind of change in a plan of ${by}`, () => {
    const messages = parseMessages(recorded(`changed.${by}`));
    assertEquals(counts(messages), {
      drifted: 2,
      planned: 9, // 3 create, replace, update, move, import, forget, read
      outputs: 1,
      unparsable: 0,
      summary: { add: 4, change: 1, remove: 1, import: 1, ...(tofu && { forget: 1 }), operation: "plan" },
    });
    const forgotten = tofu
      ? "Resource will be removed from the state"
      : "Some objects will no longer be managed by Terraform";
    assertEquals(messages.diagnostics.map(({ severity, summary }) => `${severity}: ${summary}`).sort(), [
      "warning: Check block assertion failed",
      `warning: ${forgotten}`,
    ]);
    assertEquals(JSON.stringify(messages.diagnostics).includes("snippet"), false);
  });

  Deno.test(`parseMessages() keeps what a failed plan of ${by} found besides its error`, () => {
    const messages = parseMessages(recorded(`failed.${by}`));
    assertEquals(messages.diagnostics, [{
      severity: "error",
      summary: "Resource precondition failed",
      detail: "Not today.\n\non main.tf line 25",
    }]);
    assertEquals([messages.drifted.length, messages.planned.length, messages.summary?.add], [2, 2, 2]);
  });

  Deno.test(`parseMessages() gives no summary when the configuration is broken, by ${by}`, () => {
    const messages = parseMessages(recorded(`broken.${by}`));
    assertEquals(counts(messages), NOTHING);
    assertEquals(messages.diagnostics, [{
      severity: "error",
      summary: "Missing name for resource",
      detail: "All resource blocks must have 2 labels (type, name).\n\non main.tf line 36",
    }]);
  });
}

Deno.test("parseMessages() never reads a cut stream as more than it says, wherever it is cut", () => {
  const text = recorded("clean.terraform-1.11.4");
  const whole = parseMessages(text);
  for (let end = 0; end < text.length; end++) {
    const messages = parseMessages(text.slice(0, end));
    const last = text.slice(0, end).split("\n").at(-1)!;
    // A message that only lacks its newline is whole.
    assertEquals(messages.unparsable, last === "" || last.endsWith("}\n") || text[end] === "\n" ? [] : [last]);
    const summaryEnd = text.indexOf("\n", text.indexOf(`"type":"change_summary"`));
    assertEquals(messages.summary, end < summaryEnd ? undefined : whole.summary);
  }
});

Deno.test("parseMessages() reads an empty text as nothing", () => {
  for (const text of ["", "\n", "\r\n\r\n"]) assertEquals(counts(parseMessages(text)), NOTHING);
});

Deno.test("parseMessages() reads lines that end in CRLF", () => {
  const text = recorded("changed.terraform-1.11.4");
  assertEquals(parseMessages(text.replaceAll("\n", "\r\n")), parseMessages(text));
});

Deno.test("parseMessages() keeps lines that are no messages", () => {
  const odd = [
    "Successfully configured the backend",
    "123",
    "null",
    "[]",
    `{"type":7}`,
    `{"no":"type"}`,
    `{"type":"version"}`,
    `{"type":"diagnostic","diagnostic":{"severity":"error"}}`,
    `{"type":"refresh_start","hook":{}}`,
    `{"type":"outputs"}`,
    `{"type":"change_summary","changes":{"add":0,"change":0,"operation":"plan"}}`,
    `{"type":"change_summary","changes":{"add":"0","change":0,"remove":0,"operation":"plan"}}`,
    `{"type":"change_summary","changes":{"add":0,"change":0,"remove":0}}`,
  ];
  const messages = parseMessages(odd.join("\r\n") + "\n" + summary("plan", 1));
  assertEquals(messages.unparsable, odd);
  assertEquals(messages.summary?.add, 1);
});

Deno.test("parseMessages() passes over messages and keys that it does not know", () => {
  const messages = parseMessages(line({ type: "action_start", hook: { x: 1 } }));
  assertEquals(counts(messages), NOTHING);
});

Deno.test("parseMessages() adds up summaries of one operation, so that none hides another", () => {
  assertEquals(parseMessages(summary("plan", 0) + summary("plan", 2) + summary("plan", 0)).summary?.add, 2);
  const forget = (forget: number) =>
    line({ type: "change_summary", changes: { add: 0, change: 0, remove: 0, forget, operation: "plan" } });
  assertEquals(parseMessages(summary("plan", 0) + forget(1) + forget(1)).summary, {
    add: 0,
    change: 0,
    remove: 0,
    import: 0,
    forget: 2,
    operation: "plan",
  });
});

Deno.test("parseMessages() gives the plan's summary when an apply follows", () => {
  assertEquals(parseMessages(summary("plan", 2) + summary("apply", 2)).summary?.add, 2);
});

Deno.test("parseMessages() accepts the invoked actions of Terraform 1.14, as a count", () => {
  const changes = { add: 1, change: 0, import: 0, remove: 0, action_invocation: 1, operation: "plan" };
  assertEquals(parseMessages(line({ type: "change_summary", changes })).summary?.add, 1);
  const odd = { ...changes, action_invocation: "1" };
  assertEquals(parseMessages(line({ type: "change_summary", changes: odd })).summary, undefined);
});

Deno.test("parseMessages() counts no output without an action, and no no-op", () => {
  const outputs = { applied: { sensitive: false, value: 1 }, same: { action: "noop" }, gone: { action: "delete" } };
  assertEquals(parseMessages(line({ type: "outputs", outputs })).outputs, [{
    name: "gone",
    action: "delete",
    sensitive: false,
  }]);
});

Deno.test("parseMessages() takes a no-op with a reason for the replacement that OpenTofu means by it", () => {
  const change = (reason?: string) => ({ action: "noop", reason, resource: { addr: "x_y.z", resource_type: "x_y" } });
  const text = line({ type: "planned_change", change: change("cannot_update") }) +
    line({ type: "planned_change", change: change() });
  assertEquals(parseMessages(text).planned.map((one) => one.action), ["replace"]);
});

Deno.test("parseMessages() gives a diagnostic once, however often it comes", () => {
  const diagnostic = { severity: "error", summary: "execution halted", detail: "" };
  const other = { ...diagnostic, address: "a.b" };
  const text = [diagnostic, other, diagnostic, other].map((diagnostic) => line({ type: "diagnostic", diagnostic }));
  assertEquals(parseMessages(text.join("")).diagnostics.length, 2);
});

Deno.test("parseMessages() takes a diagnostic for an error when its severity is unknown", () => {
  const text = line({ type: "diagnostic", diagnostic: { severity: "fatal", summary: "x", address: "a.b" } });
  assertEquals(parseMessages(text).diagnostics, [{ severity: "error", summary: "x", detail: "", address: "a.b" }]);
});

Deno.test("parseMessages() tells the type of each object that is refreshed, and what names it where that is a text", () => {
  const refresh = (addr: string, resource_type: string, rest = {}) =>
    line({ type: "refresh_start", hook: { resource: { addr, resource_type }, ...rest } });
  const { refreshed } = parseMessages(
    refresh("a.b", "a", { id_key: "id", id_value: "101" }) +
      refresh("c.d", "c", { id_key: "name", id_value: "web" }) +
      refresh("e.f", "e", { id_key: "id", id_value: 101 }) + refresh("g.h", "g"),
  );
  assertEquals([...refreshed], [
    ["a.b", { type: "a", idKey: "id", idValue: "101" }],
    ["c.d", { type: "c", idKey: "name", idValue: "web" }],
    ["e.f", { type: "e" }],
    ["g.h", { type: "g" }],
  ]);
});
