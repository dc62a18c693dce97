import { assertEquals, assertStringIncludes } from "@std/assert";
import { editConfig } from "./edit.ts";
import { parseConfigFile } from "./schema.ts";

const TEXT = `{
  // which folder
  "root": "/srv/environments",
  "sinks": ["console", "logfile"], // where to
  /* last */
}
`;

Deno.test("editConfig() changes what it is asked to, and keeps comments and all else", async () => {
  const edited = await editConfig(TEXT, [
    { path: ["root"], value: "/srv/code" },
    { path: ["terraform", "bin"], value: "tofu" },
    { path: ["sinks"], value: { use: "telegram", chatId: -1001 }, isEntry: true },
  ]);
  assertEquals(parseConfigFile(edited, "x"), {
    root: "/srv/code",
    sinks: ["console", "logfile", { use: "telegram", chatId: -1001 }],
    terraform: { bin: "tofu" },
  });
  for (const comment of ["// which folder", "// where to", "/* last */"]) assertStringIncludes(edited, comment);
});

Deno.test("editConfig() makes a list where there is none", async () => {
  const edited = await editConfig("{}\n", [{ path: ["sinks"], value: ["console"] }, {
    path: ["sinks"],
    value: "prom",
    isEntry: true,
  }]);
  assertEquals(parseConfigFile(edited, "x"), { sinks: ["console", "prom"] });
});
