/** The command `init`: a first configuration, and a check by it. */

import { assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import { layout } from "../support/layout.ts";
import { ROOT, run, testWith } from "../support/programs.ts";

/** Runs the program in a folder, as somebody with a home of their own. */
async function drift(cwd: string, home: string, ...args: string[]) {
  const command = ["run", "-q", `--config=${join(ROOT, "deno.json")}`, "-P=drift", "--no-prompt"];
  const env = {
    HOME: home,
    XDG_CONFIG_HOME: join(home, "config"),
    STATE_DIRECTORY: join(home, "state"),
    NO_COLOR: "1",
  };
  return await run(Deno.execPath(), [...command, join(ROOT, "drift/check-drift.ts"), ...args], { cwd, env });
}

const configOf = async (file: string) => JSON.parse((await Deno.readTextFile(file)).replace(/^\/\/.*\n/, ""));

testWith(["terraform"], "init writes what it sees, and a check by it has a verdict for each workspace", async () => {
  await using at = await layout("workspaces");
  const infra = join(at.dir, "infra"), file = join(at.dir, "etc/first.json");
  await at.terraform("infra", ["init", "-input=false"]);
  for (const name of ["dev", "prod"]) {
    await at.terraform("infra", ["workspace", "new", name]);
    await at.terraform("infra", ["apply", "-auto-approve"]);
  }
  const before = await run("find", [infra, "-printf", "%p %T@\n"]);
  const { code, stdout, stderr } = await drift(infra, at.dir, "init", "--config", file);
  assertEquals(code, 0, stderr);
  assertEquals(await run("find", [infra, "-printf", "%p %T@\n"]), before, "nothing is written where the code is");
  for (
    const line of [
      `Wrote "${file}"`,
      'Environments: "dev", "prod"',
      '"infra": it has a workspace for each',
      '"infra": its state is in a local file',
      "Program: terraform",
      "Sink console: ",
      `Next: pve-drift doctor --config ${file}`,
    ]
  ) assertStringIncludes(stdout, line);
  const { environments, root, sinks } = await configOf(file);
  assertEquals(root, infra);
  assertEquals(environments, { dev: { dir: ".", workspace: "dev" }, prod: { dir: ".", workspace: "prod" } });
  assertEquals(sinks[0], "console");
  const checked = await drift(at.dir, at.dir, "--all", "--json", "--config", file, "--sink", "console");
  assertEquals(checked.code, 0, checked.stdout + checked.stderr);

  const again = await drift(infra, at.dir, "init", "--config", file);
  assertEquals([again.code, again.stdout], [64, ""]);
  assertStringIncludes(again.stderr, `there is one, "${file}"`);
  const inside = await drift(infra, at.dir, "init", "--config", join(infra, "pve-drift.json"));
  assertEquals(inside.code, 64);
  assertStringIncludes(inside.stderr, 'that is the folder of environment "infra"');
});

testWith(["terraform"], "doctor proposes an entry for each workspace that it sees in the backend", async () => {
  await using at = await layout("workspaces");
  await Deno.remove(join(at.dir, "pve-drift.json"));
  await at.terraform("infra", ["init", "-input=false"]);
  for (const name of ["dev", "prod"]) await at.terraform("infra", ["workspace", "new", name]);
  await at.terraform("infra", ["workspace", "select", "default"]);
  await at.terraform("infra", ["apply", "-auto-approve"]);
  const { stdout } = await drift(at.dir, at.dir, "doctor", "--root", at.dir, "--sink", "console");
  const text = stdout.replace(/\s+/g, " ");
  assertStringIncludes(text, 'Environment "infra" may be several, or lack a file of variables: it has a workspace for');
  assertStringIncludes(text, `"dev": {"dir":"${at.dir}/infra","workspace":"dev"}`);
});

testWith([], "init refuses where it sees no environment, and says what it saw", async () => {
  await using at = await layout("one_root");
  await Deno.remove(join(at.dir, "provider.tf"));
  const { code, stderr } = await drift(at.dir, at.dir, "init", "--config", join(at.dir, "etc/x.json"));
  assertEquals(code, 64);
  assertStringIncludes(stderr, "It holds code itself, but no lock file");
});

testWith([], "init gives each of two folders that discovery gives one name a name of its own", async () => {
  await using at = await layout("nested");
  await Deno.mkdir(join(at.dir, "envs.lab"));
  await Deno.copyFile(join(at.dir, "envs/lab/main.tf"), join(at.dir, "envs.lab/main.tf"));
  const config = join(at.dir, "etc/x.json");
  const { code, stderr } = await drift(at.dir, at.dir, "init", "--config", config);
  assertEquals(code, 0, stderr);
  const { environments } = await configOf(config);
  assertEquals([environments["envs.lab"], environments["envs.lab-2"]], [{ dir: "envs.lab" }, { dir: "envs/lab" }]);
  const listed = await drift(at.dir, at.dir, "__environments", "--config", config);
  assertEquals(listed.stdout.split("\n").filter((name) => name.startsWith("envs.lab")), ["envs.lab", "envs.lab-2"]);
  await Deno.writeTextFile(config, `{ "root": "${at.dir}", "environments": { "envs.lab": {} } }`);
  const which = await drift(at.dir, at.dir, "--all", "--config", config);
  assertEquals(which.code, 64, "an entry that could mean either is no guess");
  assertStringIncludes(which.stderr, '"envs.lab" and "envs/lab" would both be called "envs.lab"');
});

testWith(["terraform"], "doctor shows the command that makes the lock file which nobody committed", async () => {
  await using at = await layout("one_root");
  const mirror = join(
    at.dir,
    `mirror/registry.terraform.io/hashicorp/local/1.0.0/linux_${Deno.build.arch === "aarch64" ? "arm64" : "amd64"}`,
  );
  await Deno.mkdir(mirror, { recursive: true });
  await Deno.writeTextFile(join(mirror, "terraform-provider-local_v1.0.0"), "#!/bin/sh\n", { mode: 0o755 });
  const rc = join(at.dir, "rc");
  await Deno.writeTextFile(
    rc,
    `provider_installation {\n  filesystem_mirror {\n    path = "${at.dir}/mirror"\n  }\n}\n`,
  );
  const code = 'terraform {\n  required_providers {\n    local = { source = "hashicorp/local" }\n  }\n}\n';
  await Deno.writeTextFile(join(at.dir, "needs.tf"), code);
  const { stdout } = await at.drift(["doctor", "--sink", "console"], { TF_CLI_CONFIG_FILE: rc });
  const text = stdout.replace(/\s+/g, " ");
  assertStringIncludes(text, 'Environment "one_root": lockfile-mismatch');
  assertStringIncludes(text, ` -chdir=${at.dir} providers lock -platform=linux_`);
});
