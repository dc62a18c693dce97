import { assertEquals } from "@std/assert";
import { isScript } from "./is_script.ts";

Deno.test("isScript() tells a script from machine code, by the file that a link leads to", async () => {
  const dir = await Deno.makeTempDir();
  const file = async (name: string, text: string | Uint8Array) => {
    await Deno.writeFile(`${dir}/${name}`, typeof text === "string" ? new TextEncoder().encode(text) : text);
    return `${dir}/${name}`;
  };
  assertEquals(await isScript(await file("wrapper", '#!/bin/sh\nexec terraform "$@"\n')), true);
  assertEquals(await isScript(await file("shebangless", "exec terraform\n")), true);
  assertEquals(await isScript(Deno.execPath()), false);
  const { success } = await new Deno.Command("ln", { args: ["-s", `${dir}/wrapper`, `${dir}/link`] }).output();
  assertEquals([success, await isScript(`${dir}/link`)], [true, true]);
  await Deno.remove(dir, { recursive: true });
});
