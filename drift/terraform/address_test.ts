import { assertEquals } from "@std/assert";
import { compareAddresses, configAddress, instanceKeys, moduleAddressOf, modulePath } from "./address.ts";

Deno.test("compareAddresses() puts instances in the order of their numbers", () => {
  const sorted = [
    "a.b",
    "a.b[0]",
    "a.b[2]",
    "a.b[10]",
    'a.b["10"]',
    'a.b["2"]',
    "a.c[1]",
    "module.m[2].a.b[1]",
    "module.m[10].a.b[0]",
  ];
  assertEquals([...sorted].reverse().sort(compareAddresses), sorted);
  assertEquals(compareAddresses("a.b[1]", "a.b[1]"), 0);
});

Deno.test("addresses come apart whatever their keys hold", () => {
  const address = 'module.vm["a.b/c [x]"].module.disk[0].x_y.this["k.\\"[1]"]';
  assertEquals(configAddress(address), "module.vm.module.disk.x_y.this");
  assertEquals(moduleAddressOf(address), 'module.vm["a.b/c [x]"].module.disk[0]');
  assertEquals(modulePath(moduleAddressOf(address)), ["vm", "disk"]);
  assertEquals(instanceKeys(address, moduleAddressOf(address)), ['["a.b/c [x]"]', "[0]", '["k.\\"[1]"]']);
  assertEquals([moduleAddressOf("data.x.y"), moduleAddressOf("x_y.module")], [undefined, undefined]);
});
