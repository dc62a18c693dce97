import { assertEquals, assertMatch } from "@std/assert";
import { attribute, change } from "../../tests/support/sample_reports.ts";
import { workplace } from "../../tests/support/workplaces.ts";
import type { Change } from "../report.ts";
import type { Way } from "./explanation.ts";
import { putBack } from "./put_back.ts";

const identity = { kind: "qemu", id: "101", node: "pve1" };
const ways = (rest: Partial<Change>) => putBack(change({ identity, ...rest }), workplace());
const lines = (way: Way) => way.steps.flatMap((step) => step.kind === "command" ? [step.line] : []);
const APPLY = 'terraform apply "$PLAN"';
/** What each way is, in short: the options of a program, or an apply. */
const brief = (all: Way[]) => all.map((way) => lines(way).includes(APPLY) ? "apply" : lines(way).join("; "));

Deno.test("putBack() puts what restarts a guest back by hand first, and else with an apply first", () => {
  const memory = ways({});
  assertEquals(brief(memory), ["qm set 101 --memory 2048", "apply"]);
  assertMatch(memory[1]!.danger!, /may restart VM 101 "web" on pve1/);
  const tags = ways({ attributes: [attribute("tags", ["a", "b"], ["a"])] });
  assertEquals(brief(tags), ["apply", "qm set 101 --tags 'a;b'"]);
  assertEquals(tags[0]!.danger, undefined);
  const [unnamed] = ways({ attributes: [] });
  assertMatch(unnamed!.danger!, /may restart VM 101/);
});

Deno.test("putBack() offers a hand only where it undoes all that differs, and never what is masked", () => {
  const both = [attribute("memory[0].dedicated", 2048, 4096), attribute("vga[0].memory", 16, 32)];
  assertEquals(brief(ways({ attributes: both })), ["apply"]);
  const masked = [attribute("description", "(sensitive)", "x", { sensitive: true })];
  assertEquals(brief(ways({ attributes: masked })), ["apply"]);
  const hidden = [attribute("memory[0].dedicated", "(hidden)", "(hidden)")];
  assertEquals(brief(ways({ attributes: hidden })), ["apply"]);
  assertEquals(brief(ways({ attributes: [attribute("name", "we\nb", "x")] })), ["apply"]);
  assertEquals(brief(putBack(change(), workplace())), ["apply"], "no guest is known");
  assertEquals(brief(ways({ provider: "registry.terraform.io/hashicorp/local" })), ["apply"]);
});

Deno.test("putBack() offers nothing where the address is not what it seems", () => {
  assertEquals(ways({ address: 'vm["(sensitive)"]', attributes: [attribute("vga[0].memory", 16, 32)] }), []);
  assertEquals(ways({ address: "vm.a\n", action: "delete", attributes: [] }), []);
});

Deno.test("putBack() offers nothing where neither a hand nor an apply can do it: a disk does not shrink", () => {
  assertEquals(ways({ attributes: [attribute("disk[0].size", 16, 32)] }), []);
  assertEquals(brief(ways({ attributes: [attribute("disk[0].size", 32, 16)] })), ["apply"]);
});

Deno.test("putBack() says in capitals what it shuts down", () => {
  const off = ways({ attributes: [attribute("started", false, true)] });
  assertEquals(brief(off), ["apply", "qm shutdown 101"]);
  assertEquals(off.map(({ danger }) => danger), Array(2).fill('IT SHUTS DOWN VM 101 "web" on pve1.'));
  const mixed = ways({ attributes: [attribute("started", false, true), attribute("vga[0].memory", 16, 32)] });
  assertEquals(mixed.map(({ danger }) => danger), ['IT SHUTS DOWN VM 101 "web" on pve1.']);
  const on = ways({ attributes: [attribute("started", true, false)] });
  assertEquals(on.map(({ danger }) => danger), [undefined, undefined]);
});

Deno.test("putBack() says in capitals what an apply destroys", () => {
  const [back, replaced] = ways({ action: "replace", attributes: [attribute("node_name", "pve1", "pve2")] });
  assertEquals(lines(back!), ["qm migrate 101 pve1 --online"]);
  assertEquals(
    replaced!.danger,
    'IT WOULD DESTROY VM 101 "web" on pve1 with its disks, and all data on them, AND CREATE IT ANEW, EMPTY.',
  );
  const [deleted] = ways({ action: "delete", origin: "pending", attributes: [] });
  assertMatch(deleted!.danger!, /^IT WOULD DESTROY VM 101/);
});

Deno.test("putBack() restores a vanished guest before it creates an empty one", () => {
  const [backup, anew] = ways({ action: "create", attributes: [], witness: { found: "deleted" } });
  assertEquals(lines(backup!), ["pvesh get /cluster/resources --type vm"]);
  assertEquals(brief([anew!]), ["apply"]);
  assertMatch(anew!.danger!, /^IT COMES BACK EMPTY: the disks of VM 101/);
  const pool = { kind: "pool", id: "prod" };
  assertEquals(brief(ways({ action: "create", identity: pool, label: "pool prod", attributes: [] })), ["apply"]);
});

Deno.test("putBack() moves a guest back, and leaves one alone that is only hidden", () => {
  const moved = ways({ action: "create", attributes: [], witness: { found: "moved", node: "pve2" } });
  assertEquals(moved.map((way) => [way.title, ...lines(way)]), [
    ["Move it back by hand, on pve2", "qm migrate 101 pve1 --online"],
  ]);
  for (const found of ["exists", "hidden"] as const) {
    assertEquals(ways({ action: "create", attributes: [], witness: { found } }), []);
  }
});

Deno.test("putBack() applies what the code asks for where nobody touched reality", () => {
  assertEquals(ways({ origin: "pending" }).map(({ title }) => title), ["Apply what the code asks for"]);
  assertEquals(brief(ways({ origin: "pending", action: "create", attributes: [] })), ["apply"]);
});
