/** Which state a check looks at: workspaces and backends that somebody chose by hand, and whose memory it is. */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import { Estate, simple } from "../support/estate.ts";
import { testTerraform } from "../support/programs.ts";

const LOCAL = 'terraform {\n  backend "local" {}\n}\n';

testTerraform(
  "a workspace that is selected in the folder is an error where default is empty, else a warning",
  async () => {
    await using estate = await Estate.create({ prod: simple("x") });
    await estate.terraform("prod", "init", "-input=false");
    await estate.terraform("prod", "workspace", "new", "blue");
    await estate.terraform("prod", "apply", "-auto-approve", "-input=false");
    await estate.write("prod", simple("y"));

    const lost = await estate.only();
    assertEquals([lost.code, lost.error?.class, lost.changes], [1, "workspace-missing", []]);
    assertEquals(
      lost.error?.summary,
      `Workspace "default" holds no state, and workspace "blue" is selected in the environment's folder`,
    );
    assertStringIncludes(lost.error!.cure, '"workspace": "blue"');
    assertStringIncludes(lost.warnings[0]!.summary, 'Workspace "blue" is selected in the folder');

    await estate.configure({ environments: { prod: { workspace: "blue" } } });
    const found = await estate.only();
    assertEquals([found.status, found.changes.map(({ action }) => action), found.warnings], ["drift", ["update"], []]);

    await estate.configure({ environments: { prod: { workspace: "default" } }, stateDir: join(estate.dir, "fresh") });
    const meant = await estate.only();
    assertEquals([meant.status, meant.changes.map(({ action }) => action)], ["drift", ["create"]]);
    assert(meant.warnings.some(({ summary }) => summary.startsWith('Workspace "blue" is selected')));
  },
);

testTerraform("a workspace that is selected and checked under another name is no warning", async () => {
  await using estate = await Estate.create({ prod: simple("x") });
  await estate.apply("prod");
  await estate.terraform("prod", "workspace", "new", "blue");
  await estate.terraform("prod", "apply", "-auto-approve", "-input=false");
  await estate.configure({ environments: { prod: {}, blue: { dir: "prod", workspace: "blue" } } });
  const { report } = await estate.report();
  assertEquals(report.environments.map(({ status, warnings }) => [status, warnings]), [["ok", []], ["ok", []]]);
});

testTerraform("an environment without code is not in order where another workspace is selected", async () => {
  await using estate = await Estate.create({ prod: simple("x") });
  await estate.terraform("prod", "init", "-input=false");
  await estate.terraform("prod", "workspace", "new", "blue");
  await estate.write("prod", { "main.tf": "locals {}\n" });
  assertEquals((await estate.only()).error?.class, "workspace-missing");
});

testTerraform("a workspace of before is a warning alone where default has a state", async () => {
  await using estate = await Estate.create({ prod: simple("x") });
  await estate.apply("prod");
  await estate.terraform("prod", "workspace", "new", "blue");
  const checked = await estate.only();
  assertEquals([checked.status, checked.warnings.length], ["ok", 1]);
});

testTerraform("a backend that was completed by hand is an error that names what is missing", async () => {
  await using estate = await Estate.create({ prod: simple("x", LOCAL) });
  const path = join(estate.dir, "elsewhere.tfstate");
  await estate.terraform("prod", "init", "-input=false", `-backend-config=path=${path}`);
  await estate.terraform("prod", "apply", "-auto-approve", "-input=false");

  const open = await estate.only();
  assertEquals([open.code, open.error?.class, open.changes], [1, "init-failed", []]);
  assertStringIncludes(
    open.error!.summary,
    `backend "local" open that the folder was initialized with: path "${path}"`,
  );
  assertStringIncludes(open.error!.cure, `"backendConfig": ["path=${path}"]`);

  await estate.configure({ environments: { prod: { backendConfig: [`path=${path}`] } } });
  assertEquals((await estate.only()).status, "ok");
  // Somebody meant another state than that of the folder.
  await estate.configure({ environments: { prod: { backendConfig: ["path=other.tfstate"] } } });
  assertEquals((await estate.only()).status, "error", "the last run knew a resource");
});

testTerraform("a backend without which init does not even begin is told by what the folder knows", async () => {
  await using estate = await Estate.create({ prod: { "main.tf": 'terraform {\n  backend "s3" {}\n}\n' } });
  const record = { version: 3, backend: { type: "s3", hash: 1, config: { bucket: "states", key: "prod.tfstate" } } };
  await estate.write("prod", { ".terraform/terraform.tfstate": JSON.stringify(record) });
  const open = await estate.only();
  assertStringIncludes(open.error!.summary, 'bucket "states", key "prod.tfstate"');
  await Deno.remove(estate.path("prod", ".terraform"), { recursive: true });
  assertStringIncludes((await estate.only()).error!.detail, "required by the backend");
});

testTerraform("a folder that was initialized before the code was changed is no error", async () => {
  const backend = (path: string) => simple("x", `terraform {\n  backend "local" { path = "${path}" }\n}\n`);
  await using estate = await Estate.create({ prod: backend("a.tfstate") });
  await estate.apply("prod");
  await Deno.copyFile(estate.path("prod", "a.tfstate"), estate.path("prod", "terraform.tfstate"));
  await estate.write("prod", simple("x", LOCAL));
  assertEquals((await estate.only()).status, "ok");
});

testTerraform("a memory of another state makes everything new, resolves nothing, and is said", async () => {
  await using estate = await Estate.create({ prod: simple("x") });
  await using other = await Estate.create({ prod: simple("x") });
  await estate.apply("prod");
  await other.apply("prod");
  await estate.write("prod", simple("y"));
  const first = await estate.only();
  assertEquals([first.status, first.changes[0]!.isNew], ["drift", true]);
  assertEquals((await estate.only()).changes[0]!.isNew, false);

  // The same name and state directory, another estate: in order, and nothing to do with the first.
  await estate.configure({ root: other.root });
  const elsewhere = await estate.only();
  assertEquals([elsewhere.status, elsewhere.resolved, elsewhere.previousStatus], ["ok", [], undefined]);
  const [warning] = elsewhere.warnings;
  assertEquals(warning!.summary, "The memory of the last run was written about another state");
  for (const text of [estate.path("prod"), other.path("prod"), '"stateDir"']) {
    assertStringIncludes(warning!.detail, text);
  }
  assertEquals((await estate.only()).warnings, [], "now it is its own");

  await estate.configure({});
  const back = await estate.only();
  assertEquals([back.changes[0]!.isNew, back.warnings.length], [true, 1]);
});

testTerraform("a memory of another state still tells that an empty one is not believable", async () => {
  await using estate = await Estate.create({ prod: simple("x") });
  await using empty = await Estate.create({ prod: simple("x") });
  await estate.apply("prod");
  await estate.only();
  await estate.configure({ root: empty.root });
  const checked = await estate.only();
  assertEquals(checked.error?.class, "suspect");
  // An error settles nothing: the next one says the same.
  assertEquals((await estate.only()).warnings.map(({ summary }) => summary), [
    "The memory of the last run was written about another state",
  ]);
});
