import { assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import { withSetup } from "../../tests/support/setup.ts";
import { program } from "./setup_program.ts";

Deno.test("program names the program that checks run, or both where there is none", () =>
  withSetup(async (site) => {
    const places = { ...site.setup().places, isService: false };
    await program.run(site.setup([], { places }));
    assertStringIncludes(site.said(), 'Cannot find "terraform" or "tofu": no executable of either name');
    await site.put("bin/tofu", "");
    await Deno.chmod(join(site.dir, "bin/tofu"), 0o755);
    site.machine = () => Promise.resolve({ code: 0, said: "OpenTofu v1.12.6\non linux_amd64" });
    await program.run(site.setup([], { places }));
    assertStringIncludes(site.said(), `Checks run OpenTofu 1.12.6, "${site.dir}/bin/tofu".`);
    await site.put("etc/pve-drift.json", '{ "terraform": { "bin": "terraform" } }');
    await program.run(site.setup([], { places }));
    assertStringIncludes(site.said(), `PATH has "${site.dir}/bin/tofu" alone`);
  }));
