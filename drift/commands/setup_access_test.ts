import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { withSetup } from "../../tests/support/setup.ts";
import { access } from "./setup_access.ts";

Deno.test("access shows the commands that open the code to the service, and runs them where that is wanted", () =>
  withSetup(async (site) => {
    const root = `${site.dir}/code`;
    await site.put("etc/pve-drift.json", `{ "root": "${root}" }`);
    let isOpen = false;
    site.machine = (program) => {
      if (program === "chmod") isOpen = true;
      return Promise.resolve({ code: 0, said: program === "runuser" && !isOpen ? `${root}/prod` : "" });
    };
    await access.run(site.setup([["Run them?", false]]));
    assertEquals(site.commands.some((line) => /^ch/.test(line)), false);
    await access.run(site.setup([["Run them?", true]]));
    assertStringIncludes(site.said(), `chgrp -R pve-drift ${root} chmod -R g+rX ${root}`);
    assertEquals(site.commands.filter((line) => /^ch/.test(line)), [
      `chgrp -R pve-drift ${root}`,
      `chmod -R g+rX ${root}`,
    ]);
    await access.run(site.setup());
    assertStringIncludes(site.said(), `may read all of "${root}"`);
  }));

Deno.test("access says what it cannot mend: hidden homes, folders above, commands that fail", () =>
  withSetup(async (site) => {
    await site.put("etc/pve-drift.json", `{ "root": "/home/alice/code" }`);
    await access.run(site.setup());
    assertStringIncludes(site.said(), 'The service does not see "/home/alice/code"');
    await site.put("etc/pve-drift.json", `{ "root": "/srv/code" }`);
    site.machine = (program) => Promise.resolve({ code: program === "runuser" ? 1 : 0, said: "/srv" });
    await access.run(site.setup([["Run them?", true]]));
    assertStringIncludes(site.said(), 'still may not read "/srv"');
    site.machine = (program) =>
      Promise.resolve({ code: program === "id" ? 0 : 1, said: program === "chgrp" ? "Read-only file system" : "/srv" });
    await assertRejects(
      () => access.run(site.setup([["Run them?", true]])),
      Error,
      'Cannot run "chgrp -R pve-drift /srv/code": Read-only file system',
    );
    site.machine = (program) => Promise.resolve({ code: program === "runuser" ? 127 : 0, said: "Cannot find" });
    await assertRejects(() => access.run(site.setup()), Error, "Cannot tell what user");
    site.machine = () => Promise.resolve({ code: 1, said: "" });
    await access.run(site.setup());
    assertStringIncludes(site.said(), 'There is no user "pve-drift" yet');
  }));
