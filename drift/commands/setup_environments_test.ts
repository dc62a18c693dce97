import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import { type SetupSite, withSetup } from "../../tests/support/setup.ts";
import { parseConfigFile } from "../config/schema.ts";
import { UsageError } from "../usage_error.ts";
import { environments } from "./setup_environments.ts";

const CODE = 'resource "terraform_data" "a" {}\n';
const configOf = async ({ text }: SetupSite) => parseConfigFile((await text("etc/pve-drift.json"))!, "x");

Deno.test("environments asks for the folder until it holds some, shows the file, and writes it", () =>
  withSetup(async (site) => {
    await site.put("code/prod/main.tf", CODE);
    await site.put("code/lab/main.tf", CODE);
    await Deno.mkdir(join(site.dir, "empty"));
    const changes = { world: { ...site.setup().world, cwd: join(site.dir, "empty") } };
    const answers = (last: boolean): [string, string | boolean][] => [
      ["Folder that holds", ""],
      ["Folder that holds", "../none"],
      ["Folder that holds", "../code"],
      ["Write ", last],
    ];
    await environments.run(site.setup(answers(false), changes));
    const said = site.said();
    for (const part of ["Found no environment", "Name a folder", `Found in "${site.dir}/code": lab, prod`, '"root"']) {
      assertStringIncludes(said, part);
    }
    assertEquals(await site.names("etc"), [], "written though nobody wanted it");
    await environments.run(site.setup(answers(true), changes));
    const config = await configOf(site);
    assertEquals([config.root, config.environments], [join(site.dir, "code"), undefined]);
    assertEquals((await Deno.stat(join(site.dir, "etc/pve-drift.json"))).mode! & 0o777, 0o644);

    site.said();
    await environments.run(site.setup());
    assertStringIncludes(site.said(), `Kept "${site.dir}/etc/pve-drift.json", which finds them already`);
    assertEquals(await site.names("etc"), ["pve-drift.json"]);
  }));

Deno.test("environments changes what a configuration lacks, keeps the rest, and keeps a copy of it", () =>
  withSetup(async (site) => {
    const before = `{ "root": "/srv/environments", // mine\n  "sinks": ["console"] }\n`;
    await site.put("etc/pve-drift.json", before);
    await site.put("code/app/main.tf", CODE);
    for (const name of ["dev", "prod"]) await site.put(`code/app/terraform.tfstate.d/${name}/terraform.tfstate`, "{}");
    const cli = { sinks: [], root: "code" };
    await environments.run(site.setup([["Change ", true]], { cli }));
    assertStringIncludes(site.said(), "it has a workspace for each");
    assertEquals(await configOf(site), {
      root: join(site.dir, "code"),
      sinks: ["console"],
      environments: { dev: { dir: "app", workspace: "dev" }, prod: { dir: "app", workspace: "prod" } },
    });
    assertStringIncludes((await site.text("etc/pve-drift.json"))!, "// mine");
    assertEquals(await site.text("etc/pve-drift.json.2026-11-30T17-45-00.bak"), before);
    await environments.run(site.setup());
    assertStringIncludes(site.said(), "which names: dev, prod");
  }));

Deno.test("environments writes neither through a link nor into an environment, and says what --yes needs", () =>
  withSetup(async (site) => {
    assertEquals(await environments.missing!(site.setup()), ["--root DIR, the folder that holds the environments"]);
    await site.put("code/app/main.tf", CODE);
    const cli = { sinks: [], root: "code" };
    assertEquals(await environments.missing!(site.setup([], { cli })), []);
    const inside = { ...site.setup().places, config: join(site.dir, "code/app/pve-drift.json") };
    await assertRejects(
      () => environments.run(site.setup([], { cli, places: inside })),
      UsageError,
      'that is the folder of environment "app"',
    );
    await site.put("mine.json", "{}");
    const link = join(site.dir, "etc/pve-drift.json");
    assert((await new Deno.Command("ln", { args: ["-s", join(site.dir, "mine.json"), link] }).output()).success);
    await assertRejects(() => environments.run(site.setup([], { cli })), Error, `Cannot write "${link}": it is a link`);
    assertEquals(await site.text("mine.json"), "{}");
  }));
