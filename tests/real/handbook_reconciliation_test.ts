/** The handbook's way from drift back to order, its commands as they stand there: on the lab's estate, and an import. */

import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { Estate } from "../support/estate.ts";
import { codeOf, readHandbook } from "../docs/handbook.ts";
import { type Lab, startLab } from "../lab/lab.ts";
import { TOKENS } from "../lab/pve.ts";
import { type Outcome, run, testWith } from "../support/programs.ts";

const handbook = await readHandbook();
const WEB = 'module.vm["web-1"].proxmox_virtual_environment_vm.this';

/** An administrator at the shell, with the script `pve-drift` on the PATH. */
class Desk {
  /** Stands before every block: which environment, which address. */
  prelude = "";

  private constructor(readonly estate: Estate, readonly env: Record<string, string>) {}

  static async open(estate: Estate, env: Record<string, string>): Promise<Desk> {
    const bin = join(estate.dir, "bin");
    await Deno.mkdir(bin);
    const command = [Deno.execPath(), ...estate.command()].map((word) => `'${word}'`).join(" ");
    await Deno.writeTextFile(join(bin, "pve-drift"), `#!/bin/sh\ncd '${estate.dir}' && exec ${command} "$@"\n`, {
      mode: 0o755,
    });
    return new Desk(estate, { ...env, PATH: `${bin}:${Deno.env.get("PATH")}`, TMPDIR: estate.dir });
  }

  async shell(code: string): Promise<Outcome> {
    const here = (this.prelude + code).replaceAll("/srv/environments", this.estate.root);
    return await run("bash", ["-euo", "pipefail", "-c", here], { cwd: this.estate.root, env: this.env });
  }

  /** Runs a block of the handbook as it stands there, but for where the environments are. */
  async block(name: string): Promise<string> {
    const { code, stdout, stderr } = await this.shell(codeOf(handbook, "test", name));
    if (code !== 0) throw new Error(`${name}: exit code ${code}\n${stdout}${stderr}`);
    return stripVTControlCharacters(stdout);
  }
}

/** Changes the values of prod, which must hold what is to be replaced. */
async function edit(lab: Lab, from: RegExp, to: string): Promise<void> {
  const file = lab.estate.path("prod", "prod.tfvars");
  const text = await Deno.readTextFile(file);
  assertMatch(text, from);
  await Deno.writeTextFile(file, text.replace(from, to));
}

const check = async (lab: Lab) => (await lab.check()).env["prod"]!;
const found = (one: Awaited<ReturnType<typeof check>>) =>
  one.changes.map(({ address, action, attributes }) => [address, action, ...attributes.map(({ path }) => path)]);

testWith(
  ["terraform", "bash", "jq", "lab/provider", "lab/pve", "lab/versitygw"],
  "the handbook's reconciliation puts the lab in order again, as it says",
  async (test, terraform) => {
    await using lab = await startLab(terraform!);
    const { estate, pve } = lab;
    for (const name of ["lab", "monitoring"]) await Deno.remove(estate.path(name), { recursive: true });
    await lab.init(["prod"]);
    // The administrator's values are found without options; the check is given its own.
    const secrets = await Deno.readTextFile(estate.path("prod", "secrets.tfvars"));
    assertStringIncludes(secrets, TOKENS.check);
    await Deno.writeTextFile(estate.path("prod", "mine.auto.tfvars"), secrets.replace(TOKENS.check, TOKENS.apply));
    await run("ln", ["-s", "prod.tfvars", estate.path("prod", "prod.auto.tfvars")]);
    await lab.apply(["prod"]);
    const configure = (more: Record<string, unknown> = {}) =>
      lab.configure({
        environments: { prod: { varFiles: ["prod.tfvars", "secrets.tfvars"], backendConfig: lab.backend("prod") } },
        ...more,
      });
    await configure();
    const desk = await Desk.open(estate, lab.env);
    desk.prelude = codeOf(handbook, "test", "identify").split("\n").filter((line) => /^([A-Z]+=|cd )/.test(line))
      .join("\n") + "\n";
    assertStringIncludes(desk.prelude, `ADDRESS='${WEB}'`);
    assertMatch(await desk.block("verify"), /^prod +OK/m);
    await lab.save("applied");

    const step = (title: string, fn: () => Promise<void>) =>
      test.step(title, async () => {
        await lab.load("applied");
        await fn();
      });

    await step("a changed attribute: apply", async () => {
      await pve.configure(101, { memory: 4096 });
      const said = await desk.block("identify");
      assertStringIncludes(said, "memory[0].dedicated: expected 2048 → actual 4096");
      assertStringIncludes(said, "Plan: 0 to add, 1 to change, 0 to destroy.");
      await desk.block("apply");
      assertMatch(await desk.block("verify"), /^prod +OK/m);
      assertEquals(Number((await pve.options(101)).memory), 2048);
    });

    await step("a changed attribute: into the code, and the state learns of it", async () => {
      await pve.configure(101, { memory: 4096 });
      await edit(lab, /(web-1 = \{[^}]*memory {2}= )2048/, "$14096");
      const lists = async () => (await check(lab)).observed.some(({ address }) => address === WEB);
      assert(await lists(), "nothing to learn");
      await desk.block("take-into-code");
      assertMatch(await desk.block("verify"), /^prod +OK/m);
      assertEquals(await lists(), false);
      assertEquals(Number((await pve.options(101)).memory), 4096);
    });

    await step("a changed attribute: accepted", async () => {
      const example = handbook.blocks.find(({ kind, code }) =>
        kind === "config" && code.includes(`module.vm[\\"web-1`)
      )!;
      await configure({ accept: JSON.parse(example.code).accept });
      await pve.configure(101, { memory: 4096 });
      assertMatch(await desk.block("verify"), /^prod +OK/m);
      const one = await check(lab);
      assertEquals(one.accepted.map(({ address }) => address), [WEB]);
      await configure();
    });

    await step("a moved VM: its new node into the code", async () => {
      await pve.migrate(101, "pve2");
      assertMatch((await check(lab)).changes[0]!.note!, /would destroy the VM/);
      await edit(lab, /(web-1 = \{[^}]*node {4}= )"pve1"/, '$1"pve2"');
      await desk.block("moved");
      assertMatch(await desk.block("moved-rest"), /Plan: 0 to add, 2 to change, 0 to destroy\./);
      assertMatch(await desk.block("verify"), /^prod +OK/m);
    });

    await step("a moved container: out of the state", async () => {
      await pve.migrate(201, "pve2");
      assertEquals((await check(lab)).error?.class, "suspect");
      assertStringIncludes(await desk.block("moved-container"), "Successfully removed 1 resource instance(s)");
    });

    await step("a vanished guest: made anew, with what belonged to it", async () => {
      await pve.destroy(101);
      assertEquals(found(await check(lab))[0], [
        'module.vm["web-1"].proxmox_virtual_environment_firewall_rules.this[0]',
        "update",
        "rule[0]",
        "rule[1]",
      ]);
      assertStringIncludes(await desk.block("recreate"), "Plan: 1 to add");
      await desk.block("gone-for-good");
      assertMatch(await desk.block("verify"), /^prod +OK/m);
    });

    await step("a vanished guest: gone for good", async () => {
      await pve.destroy(101);
      await edit(lab, /\n {2}web-1 = \{[^]*?\n {2}\}/, "");
      const said = await desk.block("gone-for-good");
      assertMatch(said, /Plan: 0 to add, 0 to change, \d to destroy\./);
      assertMatch(await desk.block("verify"), /^prod +OK/m);
    });

    await step("two of three really gone: into the state, and then it is drift", async () => {
      for (const id of [101, 102]) await pve.destroy(id);
      assertEquals((await check(lab)).error?.class, "suspect");
      await desk.block("suspect-is-true");
      const after = await check(lab);
      assertEquals([after.status, found(after).filter(([, action]) => action === "create").length], ["drift", 2]);
    });

    await step("a guest made by hand is the one that no state knows", async () => {
      await pve.api("POST", "/nodes/pve1/qemu", { vmid: 105, name: "backup" });
      assertMatch(await desk.block("verify"), /^prod +OK/m);
      const all = await pve.api("GET", "/cluster/resources", { type: "vm" });
      const pvesh = `#!/bin/sh\n[ "$*" = "get /cluster/resources --type vm --output-format json" ] || exit 64\n`;
      await Deno.writeTextFile(join(estate.dir, "bin/pvesh"), `${pvesh}cat <<'END'\n${JSON.stringify(all)}\nEND\n`, {
        mode: 0o755,
      });
      assertEquals(await desk.block("strangers"), "105\n");
    });
  },
);

testWith(
  ["terraform", "bash"],
  "the handbook's import brings an object under Terraform without a change, on the built-in provider",
  async () => {
    await using estate = await Estate.create({ prod: { "main.tf": 'resource "terraform_data" "web" {}\n' } });
    await estate.apply("prod");
    const desk = await Desk.open(estate, estate.env);
    desk.prelude = "NAME=prod\ncd /srv/environments/prod\n";
    const block = codeOf(handbook, "file", "import.tf").replace("proxmox_virtual_environment_vm", "terraform_data");
    assertStringIncludes(block, "terraform_data.backup");
    await estate.write("prod", { "import.tf": block });
    await desk.block("import-generate");
    assertMatch(await Deno.readTextFile(estate.path("prod", "backup.tf")), /resource "terraform_data" "backup"/);
    await estate.configure({ environments: { prod: {} } });
    const { report, code } = await estate.report();
    assertEquals([code, report.environments[0]!.bookkeeping.map(({ action }) => action)], [0, ["import"]]);
    assertStringIncludes(await desk.block("import-apply"), "1 imported, 0 added, 0 changed, 0 destroyed");
    assertMatch(await estate.terraform("prod", "state", "list"), /^terraform_data\.backup$/m);
    assertMatch(await desk.block("verify"), /^prod +OK/m);
    assertEquals(await Deno.stat(estate.path("prod", "import.tf")).catch(() => "removed"), "removed");
  },
);
