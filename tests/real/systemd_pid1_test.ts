import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import { place, SystemdNamespace, whyNoSystemd } from "../lab/systemd_namespace/namespace.ts";
import { placeUnits, write } from "../lab/systemd_namespace/shipped.ts";
import { ROOT, testWith } from "../support/programs.ts";
import { eventually } from "../support/servers.ts";

const CHECK = "pve-drift-check.service";

/** The shipped units, a program that does as it is told, and what else a machine has. */
async function installed(tree: string): Promise<void> {
  await placeUnits(tree);
  await place(join(ROOT, "tests/lab/systemd_namespace/stub.ts"), tree, "opt/pve-drift/stub.ts");
  await write(tree, "opt/pve-drift/deno.json", '{ "tasks": { "drift": "deno run -q -A --no-prompt stub.ts" } }');
  await write(tree, "srv/environments/prod/main.tf", "");
  await write(tree, "etc/pve-drift/terraform.env", "PROXMOX_VE_API_TOKEN=checker@pve!drift=uuid\n", 0o600);
  // A mail server's program: takes the mail, and tells whether a setgid one would work.
  const sendmail = '#!/bin/sh\n{ cat; grep NoNewPrivs /proc/self/status; } >"/var/log/pve-drift/mail"\n';
  await write(tree, "usr/local/sbin/sendmail", sendmail, 0o755);
}

testWith(["unshare", "nsenter"], "the units under a real systemd", async (test) => {
  await using system = await SystemdNamespace.boot(installed);

  const say = (word: string) => system.must("sh", "-c", `echo ${word} >/etc/pve-drift/stub`);
  const property = async (unit: string, name: string) =>
    (await system.must("systemctl", "show", "--value", "-p", name, unit)).trim();
  const seen = async () => JSON.parse(await system.must("cat", "/var/lib/pve-drift/seen.json"));
  const forget = () =>
    system.must("sh", "-c", "rm -f /var/lib/pve-drift/seen.json /var/log/pve-drift/mail; systemctl reset-failed");

  await test.step("sysusers.d and tmpfiles.d make the user and the folders", async () => {
    await system.must("systemd-sysusers");
    await system.must("systemd-tmpfiles", "--create", "pve-drift.conf");
    const modes = await system.must(
      "stat",
      "-c",
      "%n %a %U:%G",
      "/etc/pve-drift",
      "/var/lib/pve-drift",
      "/var/cache/pve-drift",
      "/var/log/pve-drift",
      "/var/lib/prometheus/node-exporter",
    );
    assertEquals(modes.trim().split("\n"), [
      "/etc/pve-drift 750 root:pve-drift",
      "/var/lib/pve-drift 750 pve-drift:pve-drift",
      "/var/cache/pve-drift 750 pve-drift:pve-drift",
      "/var/log/pve-drift 750 pve-drift:pve-drift",
      "/var/lib/prometheus/node-exporter 2775 root:pve-drift",
    ]);
    assertMatch(await system.must("getent", "passwd", "pve-drift"), /:\/var\/lib\/pve-drift:\/usr\/sbin\/nologin$/m);
  });

  await test.step("without tokens the credentials are absent and the unit runs all the same", async () => {
    await system.must("systemctl", "start", CHECK);
    const { credentials } = await seen();
    for (const name of ["telegram-token", "proxmox-token"]) assertMatch(credentials[name], /No such file/);
  });

  await test.step("drift, exit code 2, is a success, and each token arrives as a credential", async () => {
    await system.must(
      "sh",
      "-c",
      `mkdir -p /etc/credstore; umask 077; printf 1:secret >/etc/credstore/pve-drift.telegram-token
       printf u@pve!t=secret >/etc/credstore/pve-drift.proxmox-token`,
    );
    // Not the files' own modes are to keep it out, but the unit.
    await system.must("chmod", "777", "/opt/pve-drift", "/srv/environments/prod", "/etc/pve-drift");
    await say("2");
    await system.must("systemctl", "start", CHECK);
    assertEquals(await property(CHECK, "ActiveState"), "inactive");
    const { said, args, cwd, deno, env, credentials } = await seen();
    assertEquals(said, "2");
    assertEquals([args, cwd, deno], [["--all"], "/opt/pve-drift", "/usr/lib/pve-drift/deno"]);
    assertEquals(credentials, {
      "telegram-token": { mode: "400", own: true, text: "1:secret" },
      "proxmox-token": { mode: "400", own: true, text: "u@pve!t=secret" },
    });
    assertEquals(env.PROXMOX_VE_API_TOKEN, "checker@pve!drift=uuid");
    assertEquals(env.HOME, "/var/lib/pve-drift");
    assert(env.JOURNAL_STREAM);
    // systemd's own lines have another identifier.
    assertStringIncludes(await system.must("journalctl", "-q", "-o", "cat", "-u", CHECK, "-t", "pve-drift"), "checked");
    assertEquals((await system.run("ls", "/var/log/pve-drift/mail")).code, 2);
  });

  await test.step("it writes to its own folders and to the textfile folder alone", async () => {
    const { writes } = await seen();
    for (const place of ["state", "cache", "logs", "textfile"]) {
      assertEquals([place, writes[place]], [place, "written"]);
    }
    for (const place of ["program", "environment", "configuration"]) {
      assertMatch(writes[place], /Read-only file system/);
    }
  });

  await test.step("node_exporter's user reads the textfile", async () => {
    const read = await system.run(
      ..."setpriv --reuid=nobody --regid=nogroup --clear-groups cat /var/lib/prometheus/node-exporter/pve_drift.prom"
        .split(" ") as [string, ...string[]],
    );
    assertEquals(read.stdout, 'pve_drift_status{env="prod"} 1\n', read.stderr);
  });

  for (const code of ["1", "3", "64"]) {
    await test.step(`exit code ${code} is a failure that starts OnFailure=`, async () => {
      await forget();
      await say(code);
      assertEquals((await system.run("systemctl", "start", CHECK)).code, 1);
      assertEquals(await property(CHECK, "Result"), "exit-code");
      const mail = await eventually("a mail", async () => {
        const { stdout } = await system.run("cat", "/var/log/pve-drift/mail");
        return stdout.includes("NoNewPrivs") ? stdout : undefined;
      });
      assertMatch(mail, /^To: root\nSubject: pve-drift-check.service failed on \S+\n\n/);
      assertMatch(mail, new RegExp(`: exit-code ${code}\n`));
      assertMatch(mail, /NoNewPrivs:\t0/);
      const journal = await system.must("journalctl", "-q", "--no-pager", "-o", "cat", "-p", "err", "-t", "pve-drift");
      assertMatch(journal, new RegExp(`^pve-drift-check.service failed \\(exit-code ${code}\\)`, "m"));
    });
  }

  await test.step("systemctl stop asks once and is no failure", async () => {
    await forget();
    await say("wait");
    await system.must("systemctl", "start", "--no-block", CHECK);
    await eventually(
      "a start",
      async () => (await system.run("cat", "/var/lib/pve-drift/seen.json")).stdout || undefined,
    );
    await system.must("systemctl", "stop", CHECK);
    assertEquals(await property(CHECK, "ActiveState"), "inactive");
    assertEquals((await seen()).signals, ["SIGTERM"]);
    assertEquals((await system.run("ls", "/var/log/pve-drift/mail")).code, 2);
  });

  await test.step("the instance checks the environment it names", async () => {
    await say("0");
    await system.must("systemctl", "start", "pve-drift-check@prod-eu.2.service");
    assertEquals((await seen()).args, ["--env", "prod-eu.2"]);
    await say("1");
    await system.run("systemctl", "start", "pve-drift-check@prod-eu.2.service");
    await eventually("a mail", async () => {
      const { stdout } = await system.run("cat", "/var/log/pve-drift/mail");
      return stdout.includes("Subject: pve-drift-check@prod-eu.2.service failed") ? true : undefined;
    });
  });

  await test.step("a morning that the machine slept through is caught up when the timer starts", async () => {
    await forget();
    await say("0");
    await system.must("mkdir", "-p", "/var/lib/systemd/timers");
    const stamp = "/var/lib/systemd/timers/stamp-pve-drift-check.timer";
    await system.must("touch", "-d", "now", stamp);
    await system.must("systemctl", "start", "pve-drift-check.timer");
    assertEquals(
      (await system.run("cat", "/var/lib/pve-drift/seen.json")).code,
      1,
      "nothing was missed, and yet it ran",
    );
    await system.must("systemctl", "stop", "pve-drift-check.timer");
    await system.must("touch", "-d", "3 days ago", stamp);
    await system.must("systemctl", "start", "pve-drift-check.timer");
    assertEquals(
      (await eventually("a run", async () => {
        const { code, stdout } = await system.run("cat", "/var/lib/pve-drift/seen.json");
        return code === 0 && stdout ? JSON.parse(stdout) : undefined;
      })).args,
      ["--all"],
    );
  });

  await test.step("the timer's next run is at six, and timers can be enabled", async () => {
    assertMatch(await property("pve-drift-check.timer", "NextElapseUSecRealtime"), / 06:00:00 /);
    await system.must("systemctl", "enable", "--now", "pve-drift-check.timer", "pve-drift-check@prod.timer");
    assertEquals((await system.must("systemctl", "list-timers", "--no-legend")).trim().split("\n").length, 2);
  });
}, whyNoSystemd());
