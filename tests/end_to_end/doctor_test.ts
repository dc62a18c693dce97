/** The command `doctor` on real terraform: what it finds, what it says to do, and what it leaves alone. */

import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import { Estate, simple } from "../support/estate.ts";
import { startFakeTelegram } from "../support/fake_telegram.ts";
import { ROOT, testTerraform, versionOf } from "../support/programs.ts";
import { exists, until } from "../support/until.ts";

/** What doctor said, each finding in one line of single spaces. */
async function doctor(estate: Estate, env: Record<string, string> = {}, ...args: string[]) {
  const { code, stdout, stderr } = await estate.drift(["doctor", ...args], env);
  const findings = stdout.trim().split(/\n+(?! )/).map((finding) => finding.replace(/\s+/g, " "));
  return {
    code,
    stderr,
    findings,
    find: (text: string) => findings.find((one) => one.includes(text)) ?? `no "${text}" in:\n${stdout}`,
  };
}

async function everythingIn(dir: string): Promise<string[]> {
  const found: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(dir)) {
    const path = join(dir, name);
    const { mtime, size } = await Deno.stat(path);
    found.push(isDirectory ? path : `${path} ${mtime?.getTime()} ${size}`);
    if (isDirectory) found.push(...await everythingIn(path));
  }
  return found.sort();
}

testTerraform(
  "doctor finds nothing to complain of, delivers and remembers nothing, and leaves the environments as they are",
  async () => {
    await using estate = await Estate.create({ code: simple("x"), lab: simple("x") });
    await estate.apply("code", "lab");
    await estate.write("code", simple("y"));
    const log = join(estate.dir, "log"), metrics = join(estate.dir, "x.prom");
    await Deno.mkdir(log);
    const { bin, calls } = await estate.standIn(
      'printf "%s\\n" "$@" | grep ^-lock= >>"$0.locks"; exec "$TERRAFORM" "$@"',
    );
    await estate.configure({
      terraform: { bin },
      sinks: ["console", { use: "logfile", dir: log }, { use: "prom", file: metrics }],
    });
    const before = await everythingIn(estate.root);

    const { code, findings, find, stderr } = await doctor(estate);
    assertEquals([code, stderr], [0, ""], findings.join("\n"));
    assertEquals(findings.filter((one) => /^(warning|failed)/.test(one)), []);
    assertStringIncludes(find("Program:"), `ok Program: Terraform ${await versionOf("terraform")} ("${bin}")`);
    assertMatch(
      find('"code"'),
      /^ok Environment "code": can be planned \(1 resource differs, in .*\); backend "local", path "/,
    );
    assertMatch(find('"lab"'), /^ok Environment "lab": can be planned \(no difference, /);
    assertEquals(find('Sink "logfile"'), `ok Sink "logfile": writes to "${log}"`);
    assertEquals(find('Sink "prom"'), `ok Sink "prom": writes "${metrics}"`);
    assertEquals(findings.at(-1), "Checks can succeed");

    assertEquals(await everythingIn(estate.root), before);
    assertEquals(await everythingIn(log), []);
    assertEquals((await everythingIn(join(estate.dir, "state"))).filter((path) => /memory|\/run|plan/.test(path)), []);
    assertEquals((await Deno.readTextFile(`${bin}.locks`)).trim().split("\n"), ["-lock=false", "-lock=false"]);
    assertEquals((await calls()).sort(), [
      "init",
      "init",
      "plan",
      "plan",
      "show",
      "show",
      "version",
      "workspace",
      "workspace",
    ]);
    const { report } = await estate.report(["--env", "lab"]);
    assertEquals([report.status, "previousStatus" in report.environments[0]!], ["ok", false]);
    assertEquals(await calls(), ["plan", "show"], "doctor has not initialized what a check needs");
  },
);

testTerraform("doctor says where the state is without the secrets in it", async () => {
  await using estate = await Estate.create({ lab: simple("x", 'terraform {\n  backend "local" {}\n}\n') });
  await estate.configure({
    environments: { lab: { backendConfig: [`path=${join(estate.dir, "canary-secret-9.tfstate")}`] } },
  });
  const { find } = await doctor(estate, { TF_VAR_password: "canary-secret-9" }, "--sink", "console");
  assertMatch(find('"lab"'), /backend "local".*\(sensitive\)\.tfstate/);
});

testTerraform("doctor names what fails with its cure, and looks at the rest all the same", async () => {
  await using estate = await Estate.create({
    backend: {
      "main.tf": 'terraform {\n backend "http" {\n address = "http://127.0.0.1:1/state"\n retry_max = 0\n }\n}\n',
    },
    lab: simple("x"),
    module: { "main.tf": 'module "m" { source = "./gone" }' },
    stray: simple("x"),
    variable: { "main.tf": 'variable "needed" {}\noutput "o" { value = var.needed }' },
    workspace: simple("x"),
  });
  await estate.apply("lab");
  const missing = join(estate.dir, "gone", "log");
  await estate.configure({
    environments: { backend: {}, lab: {}, module: {}, variable: {}, workspace: { workspace: "nope" } },
    sinks: ["console", { use: "logfile", dir: missing }, { use: "exec:./nothing" }],
  });
  const { code, findings, find } = await doctor(estate);
  assertEquals(code, 1);
  assertMatch(
    find('"backend"'),
    /^failed .*: backend-unreachable: .* What to do: Check from this machine that the state's server answers/,
  );
  assertMatch(find('"module"'), /^failed .*: config-invalid: .* What to do: Check the `source` of the module/);
  assertMatch(
    find('"variable"'),
    /^failed .*: config-invalid: .* What to do: Give the variable "needed" a value that fits/,
  );
  assertMatch(find('"workspace"'), /^failed .*: workspace-missing: .* What to do: Run `terraform workspace list`/);
  assertMatch(
    find('"logfile"'),
    /^failed Sink "logfile": Cannot write log files: ".*gone" does not exist; run "mkdir -p/,
  );
  assertMatch(find('"exec:'), /^failed Sink "exec:.*: cannot read ".*\/nothing": there is no such file/);
  assertMatch(find('"stray"'), /^warning Environment .*: Folder "stray" below .* is in no environment Name it under/);
  assertMatch(find('"lab"'), /^ok Environment "lab"/);
  assertEquals(findings.at(-1), "6 problems, 1 warning: checks cannot succeed yet");
  assertMatch(
    (await doctor(estate, {}, "--env", "lab", "--sink", "console")).findings.at(-1)!,
    /^Checks can succeed \(1 warning\)$/,
  );
});

const TERRAFORMS: Record<string, { script?: string; found: RegExp }> = {
  "is missing": {
    found: /Cannot run "\/nowhere\/terraform": .* What to do: Install Terraform or OpenTofu 1.8 or newer/,
  },
  "is too old": {
    script: "echo OpenTofu v1.7.5",
    found: /Program: OpenTofu 1\.7\.5 .* is too old: 1.8 or newer is needed/,
  },
  "is something else": {
    script: "echo hello",
    found: /Program: .*is neither Terraform nor OpenTofu: .* What to do: Install Terraform/,
  },
  "fails": { script: "echo 'no such plugin' >&2; exit 3", found: /ended with exit code 3 no such plugin What to do: / },
};

for (const [what, { script, found }] of Object.entries(TERRAFORMS)) {
  Deno.test(`doctor says so when terraform ${what}`, async () => {
    await using estate = await Estate.create({ lab: simple("x") });
    await estate.configure({ terraform: { bin: script ? (await estate.standIn(script)).bin : "/nowhere/terraform" } });
    const { code, find } = await doctor(estate);
    assertEquals(code, 1);
    assertMatch(find("Program:"), found);
    assertMatch(find("Program:"), /^failed /);
    assertEquals(find("Environments:"), "warning Environments: not looked at, since what they need is missing");
    assertEquals(find('"console"'), 'ok Sink "console": can be opened');
  });
}

testTerraform("doctor neither waits for a running check nor disturbs it", async () => {
  await using estate = await Estate.create({ lab: simple("x") });
  await estate.apply("lab");
  await estate.configure({});
  const state = join(estate.dir, "state");
  await Deno.mkdir(state, { mode: 0o700 });
  const held = join(estate.dir, "held");
  const holding = `touch '${held}'; exec sleep 86397`;
  const flock = new Deno.Command("flock", { args: ["--no-fork", join(state, "lock"), "sh", "-c", holding] }).spawn();
  try {
    await until(() => exists(held));
    const temp = join(estate.dir, "temp");
    await Deno.mkdir(temp);
    const { code, find } = await doctor(estate, { TMPDIR: temp });
    assertEquals(code, 0);
    assertMatch(
      find("State directory:"),
      /^warning .*, where a check is running \(another process\): tried with an empty one$/,
    );
    assertMatch(find('"lab"'), /^ok Environment "lab": can be planned/);
    assertEquals(await Array.fromAsync(Deno.readDir(temp)), []);
    assertEquals(await Array.fromAsync(Deno.readDir(state), ({ name }) => name), ["lock"]);
  } finally {
    flock.kill("SIGKILL");
    await flock.status;
  }
});

Deno.test("doctor says so when the state directory cannot be made", async () => {
  await using estate = await Estate.create({ lab: simple("x") });
  await Deno.writeTextFile(join(estate.dir, "file"), "");
  await estate.configure({ stateDir: join(estate.dir, "file", "state") });
  const { code, find } = await doctor(estate);
  assertEquals(code, 1);
  assertMatch(
    find("State directory:"),
    /^failed .* cannot be made: .* What to do: Let the user of the check own "stateDir"/,
  );
  assertMatch(find("Environments:"), /not looked at/);
});

testTerraform("doctor compares the clock with the last check and with those that answered anyway", async () => {
  await using estate = await Estate.create({ lab: simple("x") });
  const probing = { use: `file:${join(ROOT, "tests/fixtures/sinks/good_probing.ts")}`, probe: "finds" };
  await estate.configure({ sinks: [probing] });
  const memory = join(estate.dir, "state", "memory");
  await Deno.mkdir(memory, { recursive: true });
  await Deno.writeTextFile(join(memory, "lab.json"), "");
  const later = new Date(Date.now() + 3_600_000);
  await Deno.utime(join(memory, "lab.json"), later, later);
  const { code, find } = await doctor(estate);
  assertEquals(code, 0, find("?"));
  assertMatch(
    find("Clock:"),
    /^warning Clock: \S+ is \d+d.* ahead of the server of sink "file:.*", (1h|59m.*) behind the last check What to do: set the clock/,
  );
  assertMatch(
    find("memory of the last run"),
    /^warning Environment "lab": The memory of the last run .* is damaged: the next check sets it aside/,
  );
  assertMatch(find("posts to"), /^ok Sink "file:.*": posts to a.example$/);
});

testTerraform("doctor ends in order when it is interrupted", async () => {
  await using estate = await Estate.create({ lab: simple("x") });
  await estate.apply("lab");
  const { bin } = await estate.standIn(
    '[ "$1" = plan ] && { touch "$0.planning"; exec sleep 30; }; exec "$TERRAFORM" "$@"',
  );
  await estate.configure({ terraform: { bin } });
  const child = new Deno.Command(Deno.execPath(), {
    args: estate.command("doctor"),
    cwd: estate.dir,
    env: estate.env,
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  await until(() => exists(`${bin}.planning`));
  child.kill("SIGINT");
  const { code, stdout, stderr } = await child.output();
  const text = new TextDecoder().decode(stdout);
  assertEquals([code, new TextDecoder().decode(stderr)], [130, ""]);
  assertEquals(/lab|succeed/.test(text.split("\n").slice(3).join("\n")), false, text);
  assertEquals((await everythingIn(join(estate.dir, "state"))).filter((path) => /memory|\/run/.test(path)), []);
});

testTerraform("doctor asks Telegram whether it takes the token and knows the chat, and sends nothing", async () => {
  await using estate = await Estate.create({ lab: simple("x") });
  await using fake = startFakeTelegram();
  const token = join(estate.dir, "token");
  await Deno.writeTextFile(token, fake.token, { mode: 0o600 });
  const telegram = { use: "telegram", chatId: -1001, tokenFile: token, apiRoot: fake.url };
  await estate.configure({ sinks: [telegram] });
  const well = await doctor(estate);
  assertEquals(well.code, 0, well.find("?"));
  assertEquals(
    well.find('"telegram"'),
    `ok Sink "telegram": @drift_test_bot, with the token of file "${token}", knows chat -1001`,
  );

  await Deno.chmod(token, 0o644);
  await estate.configure({ sinks: [telegram, { ...telegram, chatId: -9 }, { ...telegram, tokenFile: `${token}2` }] });
  const ill = await doctor(estate);
  assertEquals(ill.code, 1);
  assertMatch(ill.find("Everybody may read"), /^warning Sink "telegram": .*chmod o-r/);
  assertMatch(ill.find('"telegram#2"'), /^failed Sink "telegram#2": .*chat not found.*: check chatId, and add the bot/);
  assertMatch(ill.find('"telegram#3"'), /^failed Sink "telegram#3": Cannot read the bot's token from file/);
  await Deno.chmod(token, 0o600);
  await Deno.writeTextFile(token, "1:wrong");
  await estate.configure({ sinks: [telegram] });
  assertMatch((await doctor(estate)).find('"telegram"'), /^failed .* 401 .*: the token is not valid any more/);
  assertEquals([fake.accepted, JSON.stringify(ill).includes(fake.token)], [[], false]);
});

testTerraform("doctor names the command that lets the check read a folder, a var file or a token", async () => {
  await using estate = await Estate.create({ barred: simple("x"), vars: simple("x") });
  const token = join(estate.dir, "token"), values = join(estate.dir, "x.tfvars");
  for (const file of [token, values]) await Deno.writeTextFile(file, "", { mode: 0 });
  await estate.configure({
    environments: { barred: {}, vars: { varFiles: [values] } },
    sinks: ["console", { use: "telegram", chatId: 1, tokenFile: token }],
  });
  await Deno.chmod(estate.path("barred"), 0);
  const { find } = await doctor(estate);
  await Deno.chmod(estate.path("barred"), 0o700);
  assertMatch(find('"barred"'), /permission denied What to do: run "chmod -R u\+rX \S+\/barred"$/);
  assertMatch(find('"vars"'), /permission denied\. What to do: run "chmod u\+r \S+\/x\.tfvars"$/);
  assertMatch(find('"telegram"'), /Permission denied; run "chmod u\+r \S+\/token"$/);
}, Deno.uid() === 0 ? "root may read everything" : undefined);
