/** The forms for issues. (The links in other plain files are followed by project_test.ts.) */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import { parse } from "@std/yaml";
import { parseCli } from "../../drift/cli/parse.ts";
import { ROOT } from "../support/programs.ts";

const TEMPLATES = join(ROOT, ".github/ISSUE_TEMPLATE");

interface Field {
  type: string;
  id?: string;
  attributes: { label?: string; value?: string; description?: string };
}
interface Form {
  name: string;
  description: string;
  body: Field[];
}

async function forms(): Promise<[string, Form][]> {
  const names = await Array.fromAsync(Deno.readDir(TEMPLATES), ({ name }) => name);
  const all = names.filter((name) => name !== "config.yml").sort();
  return await Promise.all(
    all.map(async (name) => [name, parse(await Deno.readTextFile(join(TEMPLATES, name))) as Form] as [string, Form]),
  );
}

Deno.test("the issue forms have what GitHub asks of a form", async () => {
  const all = await forms();
  assertEquals(all.map(([name]) => name), ["failure.yml", "idea.yml", "wrong_verdict.yml"]);
  for (const [name, { name: title, description, body }] of all) {
    assert(title && description, name);
    const fields = body.filter(({ type }) => type !== "markdown");
    const ids = fields.map(({ id }) => id);
    assertEquals(ids.length, new Set(ids).size, name);
    for (const { type, id, attributes } of body) {
      assert(["markdown", "textarea", "input", "dropdown", "checkboxes"].includes(type), `${name}: ${type}`);
      assert(type === "markdown" ? attributes.value : id && attributes.label, name);
    }
  }
});

Deno.test("the form for a wrong verdict asks for what replay makes of a plan, and keeps the plan itself at home", async () => {
  const [, { body }] = (await forms()).find(([name]) => name === "wrong_verdict.yml")!;
  const [{ attributes: { value } }] = body as [Field & { attributes: { value: string } }];
  assertStringIncludes(
    value,
    "terraform show -json plan.bin > plan.json\npve-drift replay plan.json --json > report.json",
  );
  assertStringIncludes(value, "With OpenTofu, write `tofu`.");
  assertStringIncludes(value, "keep it");
  assertEquals(parseCli(["replay", "plan.json", "--json"]).command, "replay");
});
