/** Real outside drift: files of HashiCorp's `local` provider, changed and removed by hand. */

import { assert, assertEquals, assertMatch } from "@std/assert";
import type { Change, EnvironmentReport } from "../../drift/report.ts";
import { run, testWith } from "../support/programs.ts";
import { recordedEstate } from "./recorded_estate.ts";

const HEAD = 'terraform {\n  required_providers {\n    local = { source = "hashicorp/local" }\n  }\n}\n';
const file = (name: string, more = 'content = "x"') =>
  `resource "local_file" "${name}" {\n  filename = "\${path.module}/out/${name}"\n  ${more}\n}\n`;
const files = (count: number) =>
  `resource "local_file" "f" {
  count    = ${count}
  filename = "\${path.module}/out/\${count.index}"
  content  = "x"
}
`;
const data = (name: string, body: string) => `resource "terraform_data" "${name}" {\n${body}\n}\n`;
const input = (tags: string, size: string) => data("a", `input = { tags = "${tags}", size = "${size}" }`);

interface Case {
  before: string;
  after?: string;
  /** Files in `out` that somebody writes to, or removes, by hand. */
  edits?: string[];
  removes?: string[];
}

const CASES: Record<string, Case> = {
  // One of four changes; what is made from it follows.
  edited: {
    before: file("a") + file("b") + file("c") + data("d", "input = local_file.a.id") +
      data("e", "input = terraform_data.d.output") + file("s", 'content = sensitive("canary-of-the-file")'),
    edits: ["a", "s"],
  },
  "all-gone": { before: files(2) + data("a", 'input = "x"'), removes: ["0", "1"] },
  "some-gone": { before: files(5), removes: ["0", "1"] },
  both: {
    before: file("a") + file("b", "content = local_file.a.id"),
    after: file("a") + file("b", "content = local_file.a.id").replace("out/b", "out/new"),
    edits: ["a"],
  },
  "gone-everywhere": { before: file("a") + file("b") + file("c"), after: file("b") + file("c"), removes: ["a"] },
  "moved-and-gone": {
    before: file("a") + file("b") + file("c"),
    after: file("a").replace('"a"', '"n"') + file("b") + file("c") +
      "moved {\n from = local_file.a\n to = local_file.n\n}",
    removes: ["a"],
  },
  ignored: {
    before: file("a", 'content = "x"\n  lifecycle {\n    ignore_changes = [content]\n  }'),
    after: file("a", 'content = "y"\n  lifecycle {\n    ignore_changes = [content]\n  }'),
  },
  unreadable: {
    before: file("a") + file("b") + data("d", 'input = "x"'),
    after: file("a") + file("b") + data("d", 'input = "y"'),
    removes: ["a", "b"],
  },
  "accepted-in-part": {
    before: input("x", "1") + data("r", 'triggers_replace = "1"') + file("a"),
    after: input("y", "2") + data("r", 'triggers_replace = "2"') + file("a"),
    removes: ["a"],
  },
  "accepted-whole": { before: input("x", "1"), after: input("y", "1") },
};

const RULES = [
  { env: "accepted-in-part", address: "terraform_data.*", path: "input.tags", reason: "the backup job's" },
  { env: "accepted-in-part", address: "local_file.*", path: "*", reason: "hides no deletion" },
  { env: "accepted-in-part", address: "terraform_data.r", path: "*", reason: "hides no replacement" },
  { env: "accepted-in-part", address: "*", path: "input.size", reason: "was so once", until: "2020-01-31" },
  { env: "accepted-whole", address: "terraform_data.a", path: "input.tags", reason: "the backup job's" },
  { env: "accepted-whole", address: "terraform_data.b", path: "input.tags", reason: "is no more" },
];

const brief = (changes: Change[]) =>
  changes.map((one) =>
    `${one.address} ${one.action} ${one.origin} ${one.attributes.map((leaf) => leaf.path).join(",")}`.trim()
  );
const warned = (one: EnvironmentReport) => one.warnings.map((warning) => warning.summary);

testWith(["terraform", "lab/local"], "drift by hand is seen as it is", async (test, bin, local) => {
  await using place = await recordedEstate(
    Object.fromEntries(Object.entries(CASES).map(([name, { before }]) => [name, { "main.tf": HEAD + before }])),
    bin!,
    local!,
  );
  const { estate } = place;
  const names = Object.keys(CASES);
  for (let i = 0; i < names.length; i += 4) await estate.apply(...names.slice(i, i + 4));
  for (const [name, { before, after, edits = [], removes = [] }] of Object.entries(CASES)) {
    await estate.write(name, { "main.tf": HEAD + (after ?? before) });
    for (const one of edits) await Deno.writeTextFile(estate.path(name, "out", one), "by hand");
    for (const one of removes) await Deno.remove(estate.path(name, "out", one));
  }
  await Deno.mkdir(estate.path("unreadable", "out", "b"));
  const environments = Object.fromEntries(names.map((name) => [name, {}]));
  await place.configure({ environments, accept: RULES });
  const { env, code } = await place.check();
  assertEquals(code, 3);

  await test.step("a file that was changed is to be created by outside, and what follows from it too", () => {
    const one = env.edited!;
    assertEquals([one.status, one.warnings], ["drift", []]);
    assertEquals(brief(one.changes), [
      "local_file.a create outside",
      "local_file.s create outside",
      "terraform_data.d update outside",
      "terraform_data.e update outside",
    ]);
    assertEquals(one.changes.map((change) => change.causedBy), [undefined, undefined, ["local_file.a"], [
      "terraform_data.d",
    ]]);
    assert(one.changes.every((change) => change.isNew && change.confirmed));
    assert(!JSON.stringify(one).includes("canary"), "a secret is seen");
    const version = one.providers["registry.terraform.io/hashicorp/local"];
    assertMatch(version ?? "", /^\d+\.\d+\.\d+$/);
  });
  await test.step("two of two that vanished are suspect, two of five are drift", () => {
    const all = env["all-gone"]!, some = env["some-gone"]!;
    assertEquals([all.status, all.error?.class], ["error", "suspect"]);
    assertEquals(all.error!.summary, "2 of 2 local_file vanished at once");
    assertEquals(brief(all.changes), ["local_file.f[0] create outside", "local_file.f[1] create outside"]);
    assertEquals(all.changes.map((change) => change.confirmed), [false, false]);
    assertEquals(some.status, "drift");
    assertEquals(some.changes.map((change) => [change.action, change.origin, change.confirmed]), [
      ["create", "outside", true],
      ["create", "outside", true],
    ]);
  });
  await test.step("what reality and the code both ask for is both", () => {
    assertEquals(brief(env.both!.changes), [
      "local_file.a create outside",
      "local_file.b replace both filename",
    ]);
    assertEquals(env.both!.changes[1]!.causedBy, ["local_file.a"]);
  });
  await test.step("what is gone from the code as well is observed, and no drift", () => {
    const one = env["gone-everywhere"]!;
    assertEquals([one.status, one.changes, one.resourcesChanged], ["ok", [], 0]);
    assertEquals(brief(one.observed), ["local_file.a delete outside"]);
  });
  await test.step("what was moved and vanished is one creation, at its new address", () => {
    const one = env["moved-and-gone"]!;
    assertEquals([one.status, brief(one.changes)], ["drift", ["local_file.n create outside"]]);
  });
  await test.step("what ignore_changes covers is no drift", () => {
    const one = env.ignored!;
    assertEquals([one.status, one.changes, one.observed], ["ok", [], []]);
  });
  await test.step("an object that cannot be read hides no other's drift, and vouches for no deletion", () => {
    const one = env.unreadable!;
    assertEquals([one.status, one.error?.class], ["error", "provider-error"], JSON.stringify(one.error));
    assertMatch(one.error!.detail, /is a directory/);
    assertEquals(brief(one.changes), ["local_file.a create outside", "terraform_data.d update pending input"]);
    // No second plan ran: nothing of it is confirmed.
    assertEquals(one.changes.map((change) => change.confirmed), [false, false]);
  });
  await test.step("accept sets attributes aside, says what expired or is idle, and hides no deletion or replacement", () => {
    const part = env["accepted-in-part"]!, whole = env["accepted-whole"]!;
    assertEquals([part.status, brief(part.changes)], ["drift", [
      "local_file.a create outside",
      "terraform_data.a update pending input.size",
      "terraform_data.r replace pending triggers_replace",
    ]]);
    assertEquals(brief(part.accepted), ["terraform_data.a update pending input.tags"]);
    assertEquals(warned(part), [
      'The accept rule for "*" of local_file.* matches nothing',
      'The accept rule for "*" of terraform_data.r matches nothing',
      'The accept rule for "input.size" of * has expired on 2020-01-31',
    ]);
    assertEquals([whole.status, whole.changes, whole.resourcesChanged], ["ok", [], 0]);
    assertEquals(brief(whole.accepted), ["terraform_data.a update pending input.tags"]);
    assertEquals(warned(whole), ['The accept rule for "input.tags" of terraform_data.b matches nothing']);
  });

  await test.step("the next run knows what is new, what is known and what is gone", async () => {
    const apply = ["apply", "-auto-approve", "-target=local_file.a", "-target=local_file.s"];
    assertEquals((await run(estate.bin, apply, { cwd: estate.path("edited"), env: estate.env })).code, 0);
    await Deno.remove(estate.path("some-gone", "out", "4"));
    const { env: second } = await place.check(["--env", "edited,some-gone"]);
    const mended = second.edited!, more = second["some-gone"]!;
    assertEquals(mended.resolved.map(({ address }) => address), [
      "local_file.a",
      "local_file.s",
      "terraform_data.d",
      "terraform_data.e",
    ]);
    assertEquals([mended.status, mended.previousStatus, mended.since], ["ok", "drift", mended.startedAt]);
    // Three of five are more than half; the two of the first run are no news all the same.
    assertEquals([more.status, more.error?.class, more.resolved], ["error", "suspect", []]);
    assertEquals(more.changes.map((change) => change.isNew), [false, false, true]);
    assertEquals(more.changes[0]!.firstSeenAt, env["some-gone"]!.startedAt);
  });
});
