/** The command `explain` as a user runs it, on terraform's built-in provider. */

import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import { Estate, simple } from "../support/estate.ts";
import { run, testTerraform, testWith } from "../support/programs.ts";

/** Every file below a folder, with what tells whether somebody wrote it. */
async function listing(folder: string): Promise<string> {
  return (await run("find", [folder, "-printf", "%p %y %s %T@ %m\n"])).stdout.split("\n").sort().join("\n");
}

/** An estate with one environment, in which the code asks for something that is not applied yet, as a check has seen it. */
async function drifted(): Promise<Estate> {
  const estate = await Estate.create({ prod: simple("one") });
  await estate.apply("prod");
  await estate.write("prod", simple("two"));
  assertEquals((await estate.drift(["--all"])).code, 2);
  return estate;
}

testTerraform("explain says what a finding is and how it ends, and writes nothing anywhere", async () => {
  await using estate = await drifted();
  const before = await listing(estate.dir), temporary = await Deno.makeTempDir({ dir: "/tmp" });
  const { code, stdout, stderr } = await estate.drift(["explain", "terraform_data.a"], { TMPDIR: temporary });
  assertEquals([code, stderr], [0, ""]);
  assertMatch(stdout, /^prod:\n {2}~ terraform_data\.a\n {4}not applied yet/);
  assertStringIncludes(stdout, `\n     cd ${estate.path("prod")}\n`);
  assertStringIncludes(stdout, '\n     terraform plan -out="$PLAN" -target=terraform_data.a\n');
  assertEquals(await listing(estate.dir), before);
  assertEquals(await Array.fromAsync(Deno.readDir(temporary)), []);
  await Deno.remove(temporary);
});

testTerraform("what explain says to type is what ends the finding", async () => {
  await using estate = await drifted();
  const { stdout } = await estate.drift(["explain", "--json"]);
  const [{ ways: [way] }] = JSON.parse(stdout).explanations;
  const lines = way.steps.flatMap((step: { kind: string; line: string }) => step.kind === "command" ? [step.line] : []);
  const script = lines.join("\n").replace(" apply ", " apply -auto-approve ");
  const shell = await run("sh", ["-euc", script], { cwd: "/", env: { ...estate.env, TMPDIR: estate.dir } });
  assertEquals(shell.code, 0, shell.stderr);
  const { code, stdout: after } = await estate.drift(["explain"]);
  assertEquals([code, after], [0, "There is nothing to explain: no finding, and no guest in no state\n"]);
});

testTerraform("explain knows since when a finding is known, and works without an earlier check", async () => {
  await using estate = await drifted();
  const ages = async () => {
    const { stdout } = await estate.drift(["explain", "--json"]);
    const [{ subject: { change } }] = JSON.parse(stdout).explanations;
    return [change.isNew, change.firstSeenAt];
  };
  const memory = JSON.parse(await Deno.readTextFile(join(estate.dir, "state/memory/prod.json")));
  assertEquals(await ages(), [false, memory.findings[0].firstSeenAt]);
  await Deno.remove(join(estate.dir, "state"), { recursive: true });
  const [isNew] = await ages();
  assertEquals(isNew, true);
  assertEquals(await Deno.stat(join(estate.dir, "state")).catch(() => "nothing"), "nothing");
});

testTerraform("explain reads a report that was saved, and runs no terraform then", async () => {
  await using estate = await drifted();
  const { stdout } = await estate.drift(["--all", "--json"]);
  const file = join(estate.dir, "report.json");
  await Deno.writeTextFile(file, stdout);
  const { calls } = await estate.standIn();
  const told = await estate.drift(["explain", "--report", file, "terraform_data.*"]);
  assertEquals(told.code, 0, told.stderr);
  assertStringIncludes(told.stdout, "terraform apply");
  assertEquals(await calls(), []);
  await estate.configure({ environments: { prod: { envFile: "/nowhere/prod.env" } } });
  const read = await estate.drift(["explain", "--report", file, "--patch"]);
  assertEquals(read.code, 0, read.stderr);
  assertStringIncludes(read.stdout, '+  input = "one"\n');
  await Deno.writeTextFile(file, '{"schemaVersion": 1, "environments": [{}]}');
  const wrong = await estate.drift(["explain", "--report", file]);
  assertEquals([wrong.code, wrong.stdout], [64, ""]);
  assertStringIncludes(wrong.stderr, 'it is not what "pve-drift --json" writes');
});

testWith(
  ["terraform", "git"],
  "explain says where a finding stands in the code, and its patch ends it",
  async (_, __, git) => {
    await using estate = await drifted();
    const { stdout } = await estate.drift(["explain"]);
    const file = estate.path("prod", "main.tf");
    assertStringIncludes(stdout, `    in the code: ${file}:1\n      input: ${file}:2\n`);
    assertStringIncludes(stdout, '       +  input = "one"\n');
    const line = `pve-drift explain --env prod terraform_data.a --patch | git -C ${estate.path("prod")} apply`;
    assertStringIncludes(stdout, line);
    const patch = await estate.drift(["explain", "--env", "prod", "terraform_data.a", "--patch"]);
    assertEquals(patch.code, 0, patch.stderr);
    const applied = await run(git!, ["-C", estate.path("prod"), "apply"], { stdin: patch.stdout });
    assertEquals(applied.code, 0, applied.stderr);
    assertEquals((await estate.drift(["--all"])).code, 0);
  },
);

testTerraform("explain says why it offers no edit", async () => {
  await using estate = await drifted();
  await estate.write("prod", simple("${1 + 1}"));
  const { stdout } = await estate.drift(["explain"]);
  assertStringIncludes(stdout, "        no edit: Terraform works the value out from there on.\n");
});

testTerraform("explain ends with 64 at an address without a finding, and with 1 where a check failed", async () => {
  await using estate = await drifted();
  const unknown = await estate.drift(["explain", "--env", "prod", "terraform_data.b"]);
  assertEquals([unknown.code, unknown.stdout], [64, ""]);
  assertStringIncludes(unknown.stderr, 'did you mean "terraform_data.a"? Findings are at\n');
  await estate.write("prod", simple("${1 + 1}"));
  const none = await estate.drift(["explain", "--patch"]);
  assertEquals([none.code, none.stdout], [1, ""]);
  await estate.write("prod", { "broken.tf": "resource {" });
  const failed = await estate.drift(["explain"]);
  assertEquals(failed.code, 1);
  assertMatch(failed.stdout, /^prod: the check failed: config-invalid: /);
  assertStringIncludes(failed.stdout, "pve-drift doctor --env prod");
});
