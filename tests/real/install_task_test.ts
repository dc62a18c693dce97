/** `deno task install` on a machine of its own, from this checkout: the real units, a real environment, and away again. */

import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import { denoDir } from "../../packaging/stub.ts";
import { Estate, simple } from "../support/estate.ts";
import { place, SystemdNamespace, whyNoSystemd } from "../lab/systemd_namespace/namespace.ts";
import { rest } from "../lab/systemd_namespace/rest.ts";
import { ROOT, run, testWith } from "../support/programs.ts";

/** What of the checkout an installation is made from. */
const PARTS = [
  ...["deno.json", "deno.lock", "LICENSE", "CHANGELOG.md", "README.md", "SECURITY.md", "node_modules", "types"],
  ...["drift", "lib", "sinks", "packaging", "systemd", "docs", "dashboards"],
];

async function copy(from: string[], to: string): Promise<void> {
  await Deno.mkdir(to, { recursive: true });
  const said = await run("cp", ["-a", ...from, to]);
  if (said.code !== 0) throw new Error(said.stderr);
}

const CHECK = "pve-drift-check.service";

testWith(
  ["unshare", "nsenter", "terraform", "dbus-daemon"],
  "deno task install lays down what runs, a second time nothing, and --uninstall takes it away",
  async (test, _unshare, _nsenter, terraform) => {
    await using estate = await Estate.create({ prod: simple("as applied") });
    await estate.apply("prod");
    await estate.write("prod", simple("as wanted"));
    await using system = await SystemdNamespace.boot(async (tree) => {
      await place(terraform, tree, "usr/local/bin/terraform");
      await Deno.chmod(join(tree, "usr/local/bin/terraform"), 0o755);
      for (const name of ["main.tf", "terraform.tfstate"]) {
        await place(estate.path("prod", name), tree, `srv/environments/prod/${name}`);
      }
      await copy(PARTS.map((part) => join(ROOT, part)), join(tree, "srv/checkout"));
      // What the npm registry would give: there is no way to it from inside.
      const cache = await denoDir();
      await copy([join(cache, "npm"), join(cache, "dl"), Deno.execPath()], join(tree, "srv/deno"));
    }, { ownNetwork: true });
    const sh = (code: string) => system.must("sh", "-ec", code);
    const task = (...args: string[]) =>
      sh(`umask 077; cd /srv/checkout; DENO_DIR=/srv/deno /srv/deno/deno task -q install ${args.join(" ")} 2>&1`);
    await sh("systemctl start dbus.socket; chmod -R go+rX /srv/environments");
    const before = await rest(system);

    await test.step("a dry run writes nothing", async () => {
      assertStringIncludes(await task("--dry-run"), "new      /usr/local/bin/pve-drift\n");
      assertEquals(await rest(system), before);
    });

    await test.step("installed: started by hand and by systemd, enabled by nobody", async () => {
      assertMatch(
        await task(),
        /Nothing runs yet\. \/usr\/local\/bin\/pve-drift setup leads from here to the first check\n/,
      );
      assertEquals(await sh("systemctl is-enabled pve-drift-check.timer || true"), "disabled\n");
      const started = await system.run("systemctl", "start", CHECK);
      assertEquals(started.code, 0, await sh(`journalctl -q -o cat -u ${CHECK}`));
      assertMatch(
        await sh("cat /var/lib/prometheus/node-exporter/pve_drift.prom"),
        /^pve_drift_status\{env="prod"\} 1$/m,
      );
      const byHand = await system.run("/usr/local/bin/pve-drift", "--all");
      assertEquals(byHand.code, 2, byHand.stdout + byHand.stderr);
      assertEquals(
        await sh("stat -c '%U:%G %a' /etc/pve-drift /var/lib/pve-drift/memory/*"),
        "root:pve-drift 750\npve-drift:pve-drift 600\n",
      );
    });

    await test.step("again: nothing to do, and what the operator wrote is kept", async () => {
      await sh("systemctl enable -q --now pve-drift-check.timer; echo '// mine' >>/etc/pve-drift/pve-drift.json");
      const said = await task();
      assertEquals(said, "kept     /etc/pve-drift/pve-drift.json\nNothing to do: all is in place\n");
      assertEquals(await sh("systemctl is-active pve-drift-check.timer"), "active\n");
      assertStringIncludes(await sh("cat /etc/pve-drift/pve-drift.json"), "// mine");
    });

    await test.step("uninstalled: stopped and gone, the operator's files kept, until --purge", async () => {
      assertMatch(
        await task("--uninstall"),
        /removed +\/usr\/local\/lib\/pve-drift\/deno\n[^]*Kept: \/etc\/pve-drift, /,
      );
      assert((await system.run("systemctl", "is-active", "pve-drift-check.timer")).code !== 0);
      assertEquals(await sh("ls /etc/pve-drift; ls -d /usr/local/*/pve-drift 2>/dev/null || true"), "pve-drift.json\n");
      await task();
      await task("--uninstall", "--purge");
      assertEquals(await rest(system), before);
    });
  },
  whyNoSystemd(),
);
