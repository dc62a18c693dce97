import { assertEquals } from "@std/assert";
import { changeOf } from "../../tests/support/explained_code.ts";
import { keep } from "./keep.ts";

const CHANGE = changeOf({ address: "pve_vm.web", attributes: { name: ["a", "b"], cores: [1, 2] } });

function offered(patch: string, whyNot = false) {
  return keep(CHANGE, "prod", {
    attributes: [
      { path: "name", places: [] },
      { path: "cores", places: [], ...(whyNot ? { whyNot: { reason: "no-clean-edit" } } : {}) },
    ],
    edit: { base: "/srv/my code", patch, files: [], outputs: [] },
  });
}

Deno.test("keep() offers the edit with the line that applies it, in files of Windows and with tabs too", () => {
  const [way] = offered('--- a/x.tf\n+++ b/x.tf\n@@ -1,1 +1,1 @@\n-\tname = "a"\r\n+\tname = "b"\r\n');
  assertEquals(way?.steps.at(-1), {
    kind: "command",
    line: "pve-drift explain --env prod pve_vm.web --patch | git -C '/srv/my code' apply",
  });
  assertEquals(way?.danger, undefined);
});

Deno.test("keep() names what the edit does not keep", () => {
  assertEquals(offered("+x\n", true)[0]?.danger, "It does not keep cores: edit that by hand.");
});

Deno.test("keep() offers nothing where the edit would act on a terminal, or there is none", () => {
  for (const patch of ["+\u001b[31mx\n", "+a\rb\n", "+(sensitive)\n"]) assertEquals(offered(patch), [], patch);
  assertEquals(keep(CHANGE, "prod", { attributes: [] }), []);
  assertEquals(keep(CHANGE, "prod", undefined), []);
});
