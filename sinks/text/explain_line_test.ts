import { assertEquals } from "@std/assert";
import { explainLine } from "./explain_line.ts";

Deno.test("explainLine() quotes the address for a shell, and gives nothing for one that is not whole", () => {
  const line = (address: string) => explainLine("prod", { address })?.join(" ");
  assertEquals(line(`module.vm["it's"].a.b`), `pve-drift explain --env prod 'module.vm["it'\\''s"].a.b'`);
  assertEquals(line("a.b"), "pve-drift explain --env prod a.b");
  for (const address of ['vm["(sensitive)"]', "vm.a\nrm", "vm\u202e.a"]) assertEquals(line(address), undefined);
});
