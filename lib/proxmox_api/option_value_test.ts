import { assertEquals } from "@std/assert";
import { optionValue } from "./option_value.ts";

Deno.test("optionValue() writes texts, numbers, flags and lists as Proxmox's options have them", () => {
  assertEquals(optionValue(2048), "2048");
  assertEquals(optionValue("managed\n"), "managed");
  assertEquals([true, false].map((value) => optionValue(value, "flag")), ["1", "0"]);
  assertEquals(optionValue(["a", "b"], { list: ";" }), "a;b");
  assertEquals(optionValue(["scsi0", "net0"], { list: ";", before: "order=" }), "order=scsi0;net0");
});

Deno.test("optionValue() removes what is not set, and gives nothing for what is no such value", () => {
  assertEquals([optionValue(null), optionValue(""), optionValue([], { list: ";" })], [null, null, null]);
  assertEquals([optionValue({}), optionValue(1, "flag"), optionValue("a", { list: ";" })], [
    undefined,
    undefined,
    undefined,
  ]);
  assertEquals(optionValue([{ a: 1 }], { list: ";" }), undefined);
});
