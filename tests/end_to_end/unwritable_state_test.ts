/** A state directory that cannot be written: nothing can be checked, and everybody hears of it. */

import { assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import { Estate, simple } from "../support/estate.ts";
import { testTerraform } from "../support/programs.ts";

testTerraform(
  "a state directory that cannot be made is an error of each environment, and every sink tells it",
  async () => {
    await using estate = await Estate.create({ a: simple("x"), b: simple("x") });
    await Deno.writeTextFile(join(estate.dir, "file"), "");
    const stateDir = join(estate.dir, "file", "state"), prom = join(estate.dir, "drift.prom");
    const keeper = join(estate.dir, "keeper.ts");
    await Deno.writeTextFile(
      keeper,
      `export default { apiVersion: 1, name: "keeper", create: (_, { stateDir }) => ({
      deliver: (report) => Deno.writeTextFile(stateDir + "/kept", report.status),
    }) };`,
    );
    const sinks = ["console", { use: "prom", file: prom }, { use: `file:${keeper}` }];
    await estate.configure({ stateDir, sinks });
    const { code, stdout, stderr } = await estate.drift(["--all"]);
    assertEquals([code, stderr.split("\n").filter((line) => line.includes("did not deliver"))], [1, []]);
    const text = stdout.replace(/\s+/g, " ");
    assertStringIncludes(
      text,
      `a, b: ERROR unknown Cannot write below the state directory "${stateDir}": Not a directory`,
    );
    assertStringIncludes(text, 'What to do: Let the user of the check own "stateDir"');
    assertStringIncludes(text, "2 environments: 2 error");
    assertStringIncludes(await Deno.readTextFile(prom), 'pve_drift_check_error{env="b",class="unknown"} 1');
  },
);
