import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import { type SetupSite, withSetup } from "../../tests/support/setup.ts";
import { UsageError } from "../usage_error.ts";
import { login } from "./setup_login.ts";

const TOKEN = "drift@pve!check=5ec4e700-1111-4222-8333-444455556666";
const lock = (source: string) => `provider "registry.terraform.io/${source}" {\n  version = "1.0.0"\n}\n`;

async function withEstate(site: SetupSite, source: string, code = ""): Promise<void> {
  await site.put("etc/pve-drift.json", `{ "root": "${site.dir}/code" }`);
  await site.put("code/prod/main.tf", `${code}resource "terraform_data" "a" {}\n`);
  await site.put("code/prod/.terraform.lock.hcl", lock(source));
}

Deno.test("login asks for what the provider and the backend read, and writes it for root alone", () =>
  withSetup(async (site) => {
    await withEstate(site, "bpg/proxmox", 'terraform {\n  backend "s3" {}\n}\n');
    const umask = Deno.umask(0o000);
    try {
      await login.run(site.setup([
        ["PROXMOX_VE_ENDPOINT", "pve1"],
        ["PROXMOX_VE_ENDPOINT", "https://pve1.example.org:8006/"],
        ["PROXMOX_VE_API_TOKEN", "check=1"],
        ["PROXMOX_VE_API_TOKEN", TOKEN],
        ["AWS_ACCESS_KEY_ID", ""],
        ["AWS_SECRET_ACCESS_KEY", ""],
      ]));
    } finally {
      Deno.umask(umask);
    }
    const said = site.said();
    assertStringIncludes(said, "PROXMOX_VE_ENDPOINT must be like https://");
    assertStringIncludes(said, "It holds PROXMOX_VE_ENDPOINT, PROXMOX_VE_API_TOKEN.");
    assert(!said.includes(TOKEN), said);
    const lines = (await site.text("etc/terraform.env"))!.trimEnd().split("\n");
    assertEquals(lines.slice(1), [
      "PROXMOX_VE_ENDPOINT=https://pve1.example.org:8006/",
      `PROXMOX_VE_API_TOKEN=${TOKEN}`,
    ]);
    assertEquals((await Deno.stat(join(site.dir, "etc/terraform.env"))).mode! & 0o777, 0o600);

    // What is there is not asked for again, nor written anew.
    site.asked();
    await login.run(site.setup([["AWS_ACCESS_KEY_ID", "AKIA"], ["AWS_SECRET_ACCESS_KEY", "it's"]]));
    site.said();
    assertEquals((await site.text("etc/terraform.env"))!.split("\n").slice(3), [
      "AWS_ACCESS_KEY_ID=AKIA",
      `AWS_SECRET_ACCESS_KEY="it's"`,
      "",
    ]);
    await login.run(site.setup());
    assertStringIncludes(site.said(), "Kept ");
    for (const name of await site.names("etc")) {
      if (name === "pve-drift.json") continue;
      assertEquals((await Deno.stat(join(site.dir, "etc", name))).mode! & 0o777, 0o600, name);
    }
  }));

Deno.test("login knows another provider, another way in, and code that needs none", () =>
  withSetup(async (site) => {
    await withEstate(site, "telmate/proxmox");
    await site.put("etc/terraform.env", "PM_USER=drift@pve\nPM_PASS=x\n");
    await login.run(site.setup([["PM_API_URL", "https://pve1:8006/api2/json"]]));
    site.said();
    await withEstate(site, "hashicorp/local");
    await login.run(site.setup());
    assertStringIncludes(site.said(), "uses nothing that asks for one");
  }));

Deno.test("login does not say that code needs none while its providers are not known", () =>
  withSetup(async (site) => {
    await withEstate(site, "bpg/proxmox");
    await Deno.remove(`${site.dir}/code/prod/.terraform.lock.hcl`);
    const places = { ...site.setup().places, isService: false };
    for (const setup of [site.setup(), site.setup([], { places })]) {
      await login.run(setup);
      const said = site.said();
      assertStringIncludes(said, "prod has no .terraform.lock.hcl, so what its providers ask for is not known");
      assert(!said.includes("uses nothing"), said);
    }
    await site.put("code/lab/main.tf", "");
    await login.run(site.setup());
    assertStringIncludes(site.said(), "lab, prod have no .terraform.lock.hcl");
  }));

Deno.test("login takes the lines of a file, in place of what is there, and says which of them are wrong", () =>
  withSetup(async (site) => {
    await withEstate(site, "bpg/proxmox");
    const wanted = await login.missing!(site.setup());
    assertEquals(wanted, ["--login-file FILE, with lines like PROXMOX_VE_ENDPOINT=… and PROXMOX_VE_API_TOKEN=…"]);
    await site.put("etc/terraform.env", "# mine\nPROXMOX_VE_ENDPOINT=old\n");
    const cli = { sinks: [], loginFile: "-" };
    const given = (text: string) => ({ cli, readFile: () => Promise.resolve(text) });
    assertEquals(await login.missing!(site.setup([], { cli })), []);
    await login.run(site.setup([], given("PROXMOX_VE_ENDPOINT=https://new/\nTF_VAR_x=1\n")));
    assertEquals(await site.text("etc/terraform.env"), "# mine\nPROXMOX_VE_ENDPOINT=https://new/\nTF_VAR_x=1\n");
    assertEquals(await site.text("etc/terraform.env.2026-11-30T17-45-00.bak"), "# mine\nPROXMOX_VE_ENDPOINT=old\n");
    const { message } = await assertRejects(
      () => login.run(site.setup([], given("hunter2"))),
      UsageError,
      "line 1 must be NAME=VALUE",
    );
    assert(!message.includes("hunter2"));
  }));

Deno.test("login tells somebody's own checks where they take it from, and what root would do", () =>
  withSetup(async (site) => {
    await withEstate(site, "bpg/proxmox");
    const places = { ...site.setup().places, isService: false };
    const end = await login.run(site.setup([], { places }));
    assertStringIncludes(site.said(), "from your shell: PROXMOX_VE_ENDPOINT, PROXMOX_VE_API_TOKEN");
    assertEquals(end.forRoot?.map((line) => line.split("   #")[0]), [`sh -c 'umask 077; cat >>${places.login}'`]);
    assertEquals(await site.names("etc"), ["pve-drift.json"]);
  }));
