import { assert, assertEquals } from "@std/assert";
import { join } from "node:path";
import { ROOT, run, testWith } from "../support/programs.ts";

const FOLDER = join(ROOT, "dashboards/prometheus");
const RULES = ["drift-alerts.yml", "drift-unmanaged.yml"];

// Debian's 2.42 and the current 3.x.
for (const promtool of ["promtool", "lab/promtool"]) {
  testWith([promtool], `${promtool} finds nothing to say about the rules, and their tests pass`, async (_, path) => {
    const check = await run(path, ["check", "rules", "--lint=all", "--lint-fatal", ...RULES], {
      cwd: FOLDER,
    });
    assertEquals(check.code, 0, check.stdout + check.stderr);
    const test = await run(path, ["test", "rules", "drift-alerts.test.yml"], { cwd: FOLDER });
    assertEquals(test.code, 0, test.stdout + test.stderr);
  });
}

testWith(["promtool"], "the tests of the rules fail when a rule is broken", async (_, promtool) => {
  const folder = await Deno.makeTempDir({ prefix: "rules-" });
  try {
    for (const name of ["drift-alerts.test.yml", "drift-unmanaged.yml"]) {
      await Deno.copyFile(join(FOLDER, name), join(folder, name));
    }
    const text = await Deno.readTextFile(join(FOLDER, "drift-alerts.yml"));
    const broken = text.replace(" or (pve_drift_status == 2 and pve_drift_resources_changed > 0)", "");
    assert(broken !== text);
    await Deno.writeTextFile(join(folder, "drift-alerts.yml"), broken);
    assertEquals((await run(promtool, ["test", "rules", "drift-alerts.test.yml"], { cwd: folder })).code, 1);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
