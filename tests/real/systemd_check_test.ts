import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import { Estate } from "../support/estate.ts";
import { place, SystemdNamespace, whyNoSystemd } from "../lab/systemd_namespace/namespace.ts";
import { placeUnits, write } from "../lab/systemd_namespace/shipped.ts";
import { ROOT, run, testWith } from "../support/programs.ts";
import { eventually } from "../support/servers.ts";

const CHECK = "pve-drift-check.service";
const CODE = (input: string) => `resource "terraform_data" "web" {\n  input = "${input}"\n}\n`;

/** Copies a folder or file as it is. */
async function copy(from: string, tree: string, to: string): Promise<void> {
  await Deno.mkdir(join(tree, to), { recursive: true });
  const said = await run("cp", ["-a", from, join(tree, to)]);
  if (said.code !== 0) throw new Error(said.stderr);
}

testWith(
  ["unshare", "nsenter", "terraform"],
  "the timer starts the real program on a real environment",
  async (test, _unshare, _nsenter, terraform) => {
    await using estate = await Estate.create({ prod: { "main.tf": CODE("as applied") } });
    await estate.apply("prod");
    await Deno.remove(estate.path("prod", ".terraform"), { recursive: true }).catch(() => {});

    await using system = await SystemdNamespace.boot(async (tree) => {
      await placeUnits(tree);
      // The checkout, less its tests, and the packages beside it.
      for (const part of ["deno.json", "deno.lock", "drift", "lib", "sinks", "types", "node_modules"]) {
        await copy(join(ROOT, part), tree, "opt/pve-drift");
      }
      await copy(estate.path("prod"), tree, "srv/environments");
      await place(terraform, tree, "usr/local/bin/terraform");
      await Deno.chmod(join(tree, "usr/local/bin/terraform"), 0o755);
      await write(tree, "etc/pve-drift/pve-drift.json", '{ "root": "/srv/environments" }\n');
    });
    await system.must("systemd-sysusers");
    await system.must("systemd-tmpfiles", "--create", "pve-drift.conf");

    const journal = () => system.must("journalctl", "-q", "--no-pager", "-o", "cat", "-u", CHECK);
    const metric = async (name: string) => {
      // As node_exporter's user reads it.
      const read = await system.run(
        "setpriv",
        "--reuid=nobody",
        "--regid=nogroup",
        "--clear-groups",
        "cat",
        "/var/lib/prometheus/node-exporter/pve_drift.prom",
      );
      return new RegExp(`^${name}\\{env="prod"\\} (\\S+)$`, "m").exec(read.stdout)?.[1];
    };
    const listing = () => system.must("sh", "-c", "cd /srv/environments && find . -type f | sort | xargs sha256sum");

    await test.step("a missed morning is caught up: a clean environment, metrics, a log and a quiet unit", async () => {
      const before = await listing();
      await system.must("mkdir", "-p", "/var/lib/systemd/timers");
      await system.must("touch", "-d", "3 days ago", "/var/lib/systemd/timers/stamp-pve-drift-check.timer");
      await system.must("systemctl", "start", "pve-drift-check.timer");
      const status = await eventually("metrics", () => metric("pve_drift_status"));
      assertEquals(status, "0", await journal());
      await eventually("the end", async () => {
        const state = await system.must("systemctl", "show", "--value", "-p", "ActiveState", CHECK);
        return state.trim() === "inactive" ? true : undefined;
      });
      assertMatch(await system.must("ls", "/var/log/pve-drift"), /^drift-\d{4}-\d\d-\d\d-prod\.log$/m);
      assertEquals(await listing(), before, "the environment's folder was written to");
    });

    await test.step("drift is no failure, and is told", async () => {
      await system.must("sh", "-c", `cat >/srv/environments/prod/main.tf <<'END'\n${CODE("as wanted")}END`);
      await system.must("systemctl", "start", CHECK);
      assertEquals([await metric("pve_drift_status"), await metric("pve_drift_resources_changed")], ["1", "1"]);
      assertStringIncludes(await journal(), "terraform_data.web");
    });

    await test.step("an error fails the unit, starts OnFailure= and keeps the last verdict's number", async () => {
      await system.must("sh", "-c", "echo 'resource {' >/srv/environments/prod/main.tf");
      assertEquals((await system.run("systemctl", "start", CHECK)).code, 1);
      assertEquals([await metric("pve_drift_status"), await metric("pve_drift_resources_changed")], ["2", "1"]);
      await eventually("the notice", async () => {
        const text = await system.must("journalctl", "-q", "--no-pager", "-o", "cat", "-t", "pve-drift");
        return /^pve-drift-check\.service failed \(exit-code 1\)/m.test(text) ? true : undefined;
      });
    });
  },
  whyNoSystemd(),
);
