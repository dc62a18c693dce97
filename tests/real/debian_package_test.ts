/** The Debian package as a stranger meets it: installed, started, upgraded and removed by real dpkg under a real systemd. */

import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import { bundle } from "../../packaging/bundle.ts";
import { debianPackage, debianVersion, type Parts } from "../../packaging/debian_package.ts";
import { DENO_PROGRAMS, denoProgram } from "../../packaging/deno_program.ts";
import { sha256 } from "../../packaging/task.ts";
import { Estate, simple } from "../support/estate.ts";
import { place, SystemdNamespace, whyNoSystemd } from "../lab/systemd_namespace/namespace.ts";
import { rest } from "../lab/systemd_namespace/rest.ts";
import { write } from "../lab/systemd_namespace/shipped.ts";
import { ROOT, run, testWith } from "../support/programs.ts";
import { eventually } from "../support/servers.ts";
import { callUnderUmask } from "../support/umask.ts";

const CHECK = "pve-drift-check.service", TIMER = "pve-drift-check.timer", EACH = "pve-drift-check@prod.timer";
const LOOK = "pve-drift-look.timer";
const own = DENO_PROGRAMS.find(({ arch }) => arch === Deno.build.arch)!;

const OWN_SINK = `
export default {
  apiVersion: 1,
  name: "own",
  create: (_: unknown, { stateDir }: { stateDir: string }) => ({
    deliver: (report: { status: string }) => Deno.writeTextFile(stateDir + "/got", report.status),
  }),
};
`;

/** Builds packages into a folder of their own; `newer` may edit what the second one holds before it is packed again. */
async function withPackages(
  act: (first: string, build: (version: string) => Promise<string>, parts: Parts, folder: string) => Promise<void>,
) {
  const folder = await Deno.makeTempDir({ prefix: "package-test-" });
  try {
    const bundled = join(folder, "pve-drift.js");
    await bundle(bundled);
    const parts: Parts = {
      ...{ bundled, deno: await denoProgram(own), architecture: own.debian, version: debianVersion() },
      ...{ date: 1_700_000_000, compression: "zstd" },
    };
    const build = (version: string) => debianPackage({ ...parts, version }, folder);
    await act(await build(parts.version), build, parts, folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** A package with a file changed, as a later version may have it. */
async function edited(deb: string, edits: Record<string, (text: string) => string>): Promise<string> {
  const stage = `${deb}.stage`;
  assertEquals((await run("dpkg-deb", ["--raw-extract", deb, stage])).code, 0);
  for (const [path, edit] of Object.entries(edits)) {
    const text = await Deno.readTextFile(join(stage, path));
    assert(edit(text) !== text, `${path} stays as it was`);
    await Deno.writeTextFile(join(stage, path), edit(text));
  }
  const built = await run("dpkg-deb", ["--root-owner-group", "-Zzstd", "-z1", "--build", stage, deb]);
  assertEquals(built.code, 0, built.stderr);
  await Deno.remove(stage, { recursive: true });
  return deb;
}

testWith(["dpkg-deb"], "debianPackage() gives the same bytes twice, and holds what it says", async () => {
  await withPackages(async (deb, _, parts, folder) => {
    const bytes = await Deno.readFile(deb);
    await new Promise((done) => setTimeout(done, 1100)); // no second shall show
    await Deno.remove(deb);
    await callUnderUmask(0o077, "packaging/debian_package.ts", "debianPackage", parts, folder);
    assertEquals(await sha256(await Deno.readFile(deb)), await sha256(bytes));
    const { stdout: list } = await run("dpkg-deb", ["--contents", deb]);
    const odd = list.trim().split("\n").filter((line) =>
      !/^(drwxr-xr-x|-rw[x-]r-[x-]r-[x-]) root\/root .* 2023-11-14 /.test(line)
    );
    assertEquals(odd, []);
    for (const path of ["/usr/bin/pve-drift", "/usr/lib/pve-drift/deno", "/etc/pve-drift/pve-drift.json"]) {
      assertStringIncludes(list, ` .${path}\n`);
    }
    assert(!/ \.\/(opt|var|run|tmp)\//.test(list), list);
    assertEquals((await run("dpkg-deb", ["--field", deb, "Version"])).stdout, `${debianVersion()}\n`);
    assertEquals((await run("dpkg-deb", ["--info", deb, "conffiles"])).stdout, "/etc/pve-drift/pve-drift.json\n");
    assertEquals(
      (await run("dpkg", ["--compare-versions", debianVersion("1.2.0-rc.1"), "lt", debianVersion("1.2.0")])).code,
      0,
    );
  });
});

testWith(["dpkg-deb", "ar"], "deno task package says each step, and packs in seconds", async () => {
  const folder = await Deno.makeTempDir({ prefix: "package-test-" });
  try {
    const { code, stdout, stderr } = await run(Deno.execPath(), [
      ...["run", "-q", "-A", "--cached-only", join(ROOT, "packaging/debian_package.ts"), "--output", folder],
    ]);
    assertEquals(code, 0, stderr);
    const name = `pve-drift_${debianVersion()}_${own.debian}.deb`;
    assertEquals(stdout, `${join(folder, name)}\n`);
    assertEquals(stderr.split("\n"), [
      "Bundling the program …",
      `Packing it with Deno for ${own.debian}, with zstd …`,
      `Install it as root, here or where you copy it: apt install ${join(folder, name)}, then pve-drift setup`,
      "",
    ]);
    assertStringIncludes((await run("ar", ["t", stdout.trim()])).stdout, "data.tar.zst");
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

testWith(["dpkg-deb", "lintian"], "lintian finds nothing in the package", async () => {
  await withPackages(async (deb) => {
    const args = ["--allow-root", "--fail-on", "error,warning,override", "--tag-display-limit", "0"];
    // dpkg reads zstd, but Debian's archive takes none. A release has xz, which would take this test a minute.
    args.push("--suppress-tags", "malformed-deb-archive", deb);
    const { stdout, code } = await run("lintian", args, { env: { LC_ALL: "C.UTF-8" } });
    assertEquals(stdout.replace(/^N:.*\n/gm, ""), "");
    assertEquals(code, 0);
  });
});

testWith(
  ["dpkg-deb", "unshare", "nsenter", "terraform", "lab/debian"],
  "on a fresh Debian a stranger installs the package, is told of drift, upgrades and removes it",
  async (test, ...paths) => {
    const [terraform, base] = paths.slice(-2) as [string, string];
    await using estate = await Estate.create({ prod: simple("as applied") });
    await estate.apply("prod");
    await withPackages(async (first, build) => {
      const newer = await edited(await build("99.1-1"), {
        "usr/lib/systemd/system/pve-drift-check.service": (text) =>
          text.replace(/^Description=.*/m, "Description=The newer one"),
      });
      const newest = await edited(await build("99.2-1"), {
        "etc/pve-drift/pve-drift.json": (text) => text.replace("/srv/environments", "/srv/elsewhere"),
      });
      await using system = await SystemdNamespace.boot(async (tree) => {
        await place(first, tree, "srv/first.deb");
        await place(newer, tree, "srv/newer.deb");
        await place(newest, tree, "srv/newest.deb");
        await place(terraform, tree, "usr/local/bin/terraform");
        await Deno.chmod(join(tree, "usr/local/bin/terraform"), 0o755);
        for (const name of ["main.tf", "terraform.tfstate"]) {
          await place(estate.path("prod", name), tree, `srv/environments/prod/${name}`);
        }
        await write(tree, "srv/own.ts", OWN_SINK);
      }, { ownNetwork: true, base });
      const sh = (code: string) => system.must("sh", "-ec", code);
      const install = (deb: string) =>
        sh(`DEBIAN_FRONTEND=noninteractive dpkg --force-confdef --force-confold -i /srv/${deb}.deb </dev/null 2>&1`);
      const metric = async () =>
        /^pve_drift_status\{env="prod"\} (\d)$/m.exec(await sh("cat /var/lib/prometheus/node-exporter/pve_drift.prom"))
          ?.[1];
      const is = async (what: "is-enabled" | "is-active", unit: string) =>
        (await system.run("systemctl", what, unit)).stdout.trim();
      await sh("systemctl start dbus.socket; chmod -R go+rX /srv/environments");
      const before = await rest(system);

      await test.step("installed: everything in its place, nothing enabled, nothing running", async () => {
        const said = await install("first");
        assert(!/warning|error/i.test(said), said);
        assertEquals(await sh("dpkg --verify pve-drift; dpkg --audit"), "");
        assertEquals(
          await sh("stat -c '%U:%G %a %n' /etc/pve-drift /etc/pve-drift/* /var/*/pve-drift /etc/credstore"),
          [
            "root:pve-drift 750 /etc/pve-drift",
            "root:root 644 /etc/pve-drift/pve-drift.json",
            "pve-drift:pve-drift 750 /var/cache/pve-drift",
            "pve-drift:pve-drift 750 /var/lib/pve-drift",
            "pve-drift:pve-drift 750 /var/log/pve-drift",
            "root:root 700 /etc/credstore\n",
          ].join("\n"),
        );
        for (const unit of [TIMER, EACH, LOOK, CHECK]) assertEquals(await is("is-active", unit), "inactive", unit);
        for (const unit of [TIMER, EACH, LOOK]) assertEquals(await is("is-enabled", unit), "disabled", unit);
        // As an image does when it is started for the first time.
        await sh(`systemctl -q preset ${TIMER} ${EACH} ${LOOK}`);
        for (const unit of [TIMER, EACH, LOOK]) assertEquals(await is("is-enabled", unit), "disabled", unit);
        assertEquals(await sh("pve-drift --version"), `pve-drift ${debianVersion().replace(/-1$/, "")}\n`);
      });

      await test.step("started: a clean environment, then its drift, told by the unit and by hand", async () => {
        assertMatch(await sh("pve-drift doctor"), /terraform/i);
        await sh(`systemctl start ${CHECK}`);
        assertEquals(await metric(), "0", await sh(`journalctl -q -o cat -u ${CHECK}`));
        await sh(`cat >/srv/environments/prod/main.tf <<'END'\n${simple("as wanted")["main.tf"]}END`);
        await sh(`systemctl start ${CHECK}`);
        assertEquals(await metric(), "1");
        assertStringIncludes(await sh(`journalctl -q -o cat -u ${CHECK}`), "terraform_data.a");
        const byHand = await system.run("pve-drift", "--env", "prod");
        assertEquals(byHand.code, 2, byHand.stdout + byHand.stderr);
        assertMatch(byHand.stdout, /prod +DRIFT/);
        assertEquals(await sh("find /var/lib/pve-drift /var/log/pve-drift ! -user pve-drift"), "");
        // Each cluster's token comes along, as a drop-in gives it to the service.
        await sh(`umask 077
          for name in proxmox main.proxmox site-2.proxmox; do echo x >/etc/credstore/pve-drift.$name-token; done
          cat >/srv/systemd-run <<'END'\n#!/bin/sh\nfor word; do echo "$word"; done\nEND
          chmod 755 /srv/systemd-run`);
        assertEquals(
          (await sh("env PATH=/srv:$PATH pve-drift doctor")).match(/(?<=^--property=LoadCredential=).*$/gm),
          ["telegram-token", "proxmox-token", "heartbeat-url", "main.proxmox-token", "site-2.proxmox-token"].map((
            name,
          ) => `${name}:pve-drift.${name}`),
        );
        // As anybody else: no service, no secrets.
        assertMatch(
          await sh("setpriv --reuid=nobody --regid=nogroup --clear-groups env HOME=/tmp pve-drift --help"),
          /--env/,
        );
      });

      await test.step("a sink of the operator's own runs in the installed service", async () => {
        await sh(`install -m 0644 /srv/own.ts /etc/pve-drift/own.ts
          sed -i 's|"prom"\\]|"prom", "file:./own.ts"]|' /etc/pve-drift/pve-drift.json
          systemctl start ${CHECK}`);
        assertEquals(await sh("cat /var/lib/pve-drift/sinks/own-*/got"), "drift");
      });

      await test.step("upgraded: what the operator set stays, what is new is there, what ran goes on", async () => {
        await sh(`systemctl enable -q --now ${TIMER} ${EACH} ${LOOK}
          mkdir -p /etc/systemd/system/${CHECK}.d; printf '[Service]\\nNice=5\\n' >/etc/systemd/system/${CHECK}.d/own.conf
          echo SECRET=1 >/etc/pve-drift/terraform.env; chmod 600 /etc/pve-drift/terraform.env`);
        const kept = "sha256sum /etc/pve-drift/* /var/lib/pve-drift/memory/*; stat -c '%U:%G %a' /etc/pve-drift";
        const ours = await sh(kept);
        assertStringIncludes(ours, "memory/prod.json");
        await install("newer");
        assertEquals(await sh(`systemctl show --value -p Description -p Nice ${CHECK}`), "5\nThe newer one\n");
        for (const unit of [TIMER, EACH, LOOK]) {
          assertEquals([await is("is-enabled", unit), await is("is-active", unit)], ["enabled", "active"], unit);
        }
        assertEquals(await sh(kept), ours);
        // Here the default itself has changed, and lies beside the operator's.
        await install("newest");
        assertStringIncludes(await sh("cat /etc/pve-drift/pve-drift.json.dpkg-dist"), "/srv/elsewhere");
        await sh("rm /etc/pve-drift/pve-drift.json.dpkg-dist");
        assertEquals(await sh(kept), ours);
        await sh(`systemctl start ${CHECK}`);
        assertEquals(await metric(), "1");
      });

      await test.step("removed: nothing runs, and the operator's files are there for a next time", async () => {
        await sh("dpkg -r pve-drift 2>&1");
        for (const unit of [TIMER, EACH, LOOK]) assertEquals(await is("is-active", unit), "inactive", unit);
        assertEquals(
          await sh(
            "ls /etc/pve-drift; ls -A /usr/lib/pve-drift /etc/systemd/system/timers.target.wants 2>&1 | grep pve || true",
          ),
          "own.ts\npve-drift.json\nterraform.env\nls: cannot access '/usr/lib/pve-drift': No such file or directory\n",
        );
        assertEquals((await system.run("ls", "/var/lib/prometheus/node-exporter/pve_drift.prom")).code, 2);
        await install("first");
        assertStringIncludes(await sh("cat /etc/pve-drift/pve-drift.json"), "own.ts");
        assertEquals(await is("is-enabled", TIMER), "disabled");
        await sh(`systemctl start ${CHECK}`);
        assertEquals(await metric(), "1");
      });

      await test.step("purged in the middle of a check: the check ends in order, and no trace is left", async () => {
        await sh(
          `cat >/usr/local/bin/slow <<'END'\n#!/bin/sh\ncase $* in *plan*) sleep 60 ;; esac\nexec terraform "$@"\nEND
          chmod 755 /usr/local/bin/slow
          sed -i 's|"root"|"terraform": { "bin": "slow" }, "root"|' /etc/pve-drift/pve-drift.json
          systemctl start --no-block ${CHECK}`,
        );
        await eventually(
          "the check",
          async () => (await system.run("pgrep", "-f", "slow.*plan")).code === 0 || undefined,
        );
        await sh("dpkg -P pve-drift 2>&1");
        assertEquals((await system.run("pgrep", "-u", "pve-drift")).code === 0, false);
        assertEquals((await system.run("id", "pve-drift")).code, 1);
        assertEquals(await rest(system), before);
      });
    });
  },
  whyNoSystemd(),
);
