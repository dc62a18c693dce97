import { assert, assertEquals } from "@std/assert";
import { join } from "node:path";
import { parse } from "@std/yaml";
import { parseCli } from "../../drift/cli/parse.ts";
import { ROOT } from "../support/programs.ts";
import { checkExpression } from "../support/promql.ts";

const doc = await Deno.readTextFile(join(ROOT, "docs/SCALING.md"));
const block = (marker: string) => new RegExp(`<!-- ${marker} -->\n+\`\`\`\\w+\n([^]*?\n)\`\`\``).exec(doc)![1]!;

Deno.test("docs/SCALING.md shows command lines that the program understands", () => {
  const lines = [...doc.matchAll(/^pve-drift (.*?) *(?:#.*)?$/gm)].map(([, line]) => line!);
  assertEquals(lines.map((line) => parseCli(line.split(" ")).shard?.index), [1, 2, 3]);
});

Deno.test("docs/SCALING.md shows a rule that Prometheus reads, about metrics that there are", () => {
  // deno-lint-ignore no-explicit-any
  const [rule] = (parse(block("rule")) as any).groups[0].rules;
  checkExpression(rule.expr);
  assertEquals(rule.alert, "DriftShardMissing");
});

Deno.test("docs/SCALING.md changes the command of the shipped unit by nothing but the shard", async () => {
  const unit = await Deno.readTextFile(join(ROOT, "systemd/pve-drift-check.service"));
  const command = (text: string) => text.match(/^ExecStart=(\S.*)$/m)![1]!;
  assertEquals(command(block("drop-in")).replace(" --shard 2/3", ""), command(unit));
  assert(/^ExecStart=$/m.test(block("drop-in")), "a oneshot unit adds a second command where the first is not cleared");
});

Deno.test("docs/SCALING.md counts requests of plans and looks as it says", () => {
  const table = doc.split("<!-- looks -->\n\n")[1]!.split("\n\n")[0]!;
  const rows = table.split("\n").slice(2).map((row) =>
    row.split("|").slice(1, -1).map((cell) => cell.trim().replace(",", ""))
  );
  const wanted = [10, 50, 100, 500].map((guests) => {
    const plan = 6 * guests + 1, look = 4 + guests;
    return [guests, plan, 24 * plan, 288 * look + plan, 288 * plan].map(String);
  });
  assertEquals(rows, [...wanted, ["plans", "1", "24", "1", "288"]]);
});

Deno.test("docs/SCALING.md builds the image with the arguments that its Dockerfile asks for", async () => {
  const dockerfile = await Deno.readTextFile(join(ROOT, "docs/examples/kubernetes/Dockerfile"));
  const wanted = [...dockerfile.matchAll(/^ARG (\w+)$/gm)].map(([, name]) => name!);
  assertEquals([...doc.matchAll(/--build-arg (\w+)=/g)].map(([, name]) => name!), wanted);
});
