/**
 * `pve-drift setup` of the installed package, for the service: on a Debian of its own, with a real systemd, the real user
 * of the service and real file systems. tests/real/first_contact_test.ts has somebody answer its questions.
 */

import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { basename, join } from "node:path";
import { place, SystemdNamespace, whyNoSystemd } from "../lab/systemd_namespace/namespace.ts";
import { write } from "../lab/systemd_namespace/shipped.ts";
import { buildPackage } from "../support/debian_package.ts";
import { Estate, simple } from "../support/estate.ts";
import { FAKE_TOKEN, startFakeTelegram } from "../support/fake_telegram.ts";
import { testWith } from "../support/programs.ts";
import { eventually } from "../support/servers.ts";
import { Typist } from "../support/typist.ts";

const CHAT = 4242, CHECK = "pve-drift-check.service", TIMER = "pve-drift-check.timer";
const SECRET = "drift@pve!check=5ec4e700-1111-4222-8333-444455556666";
const LOCK = 'provider "registry.terraform.io/bpg/proxmox" {\n  version = "0.111.1"\n}\n';

testWith(
  ["dpkg-deb", "unshare", "nsenter", "script", "terraform", "lab/debian"],
  "setup makes a service of the installed package, by options alone, and a second time changes nothing",
  async (test, ...paths) => {
    const [terraform, base] = paths.slice(4) as [string, string];
    await using estate = await Estate.create({ prod: simple("as applied") });
    await estate.apply("prod");
    await using telegram = startFakeTelegram({ chats: { [CHAT]: {} } });
    const deb = await buildPackage(estate.dir);
    await using system = await SystemdNamespace.boot(async (tree) => {
      await place(deb, tree, `srv/${basename(deb)}`);
      await place(terraform, tree, "usr/local/bin/terraform");
      await Deno.chmod(join(tree, "usr/local/bin/terraform"), 0o755);
      for (const name of ["main.tf", "terraform.tfstate"]) {
        await place(estate.path("prod", name), tree, `srv/environments/prod/${name}`);
      }
      await write(tree, "srv/token", `${FAKE_TOKEN}\n`);
      await write(tree, "srv/login.env", `PROXMOX_VE_API_TOKEN=${SECRET}\nTF_VAR_x='two words'\n`);
    }, { base });
    const sh = (code: string) => system.must("sh", "-ec", code);
    await sh(`systemctl start dbus.socket
      dpkg -i /srv/${basename(deb)} >/dev/null 2>&1
      chmod 755 /srv /srv/environments; chmod -R go-rwx /srv/environments/prod`);
    const sink = `+telegram?apiRoot=${telegram.url}`;
    const all = ["--yes", "--login-file", "/srv/login.env", "--sink", `${sink}&chatId=${CHAT}`];
    const setup = (...args: string[]) => system.run("pve-drift", "setup", ...args);
    const files = "/etc/pve-drift/* /etc/credstore/*";

    await test.step("what is missing is named before anything is written", async () => {
      const { code, stdout, stderr } = await setup("--yes");
      assertEquals([code, stdout], [64, ""]);
      for (const part of ["--telegram-token-file", "chatId=NUMBER"]) assertStringIncludes(stderr, part);
      assertEquals(
        await sh("ls /etc/pve-drift /etc/credstore"),
        "/etc/credstore:\n\n/etc/pve-drift:\npve-drift.json\n",
      );
    });

    await test.step("files, rights, timer and a first check are made, and the doctor speaks as the service", async () => {
      const { code, stdout, stderr } = await setup(...all, "--telegram-token-file", "/srv/token");
      assertEquals(code, 0, stdout + stderr);
      for (const secret of [SECRET, FAKE_TOKEN]) assert(!(stdout + stderr).includes(secret), "a secret was shown");
      for (
        const part of [
          'Kept "/etc/pve-drift/pve-drift.json", which finds them already',
          "chgrp -R pve-drift /srv/environments",
          'User "pve-drift" may read all of it now.',
          "It holds PROXMOX_VE_API_TOKEN, TF_VAR_x.",
          "Sent a test message.",
          'ok       State directory: "/var/lib/pve-drift"',
          'Environment "prod": can be planned',
          `knows chat ${CHAT}`,
          "The first check is running",
        ]
      ) assertStringIncludes(stdout, part);
      assertMatch(
        await sh(`stat -c '%U:%G %a %n' ${files}`),
        /^root:root 644 \/etc\/pve-drift\/pve-drift\.json\n(?:.*\.bak\n)root:root 600 .*terraform\.env\nroot:root 600 .*token\n$/,
      );
      assertEquals(await sh(`systemctl is-enabled ${TIMER}`), "enabled\n");
      const verdict = () => system.run("cat", "/var/lib/prometheus/node-exporter/pve_drift.prom");
      await eventually(
        "a first verdict",
        async () => /status\{env="prod"\} 0/.test((await verdict()).stdout) || undefined,
      );
      assertEquals(telegram.accepted.map(({ chat }) => chat), [CHAT]);
      // systemd hands over what was written, quotes and all.
      const seen = await sh(`systemd-run -q --pipe -p EnvironmentFile=/etc/pve-drift/terraform.env env | grep TF_VAR`);
      assertEquals(seen, "TF_VAR_x=two words\n");
    });

    await test.step("a second time nothing is asked or written", async () => {
      const before = await sh(`stat -c '%n %i %Y' ${files}`);
      const { code, stdout, stderr } = await setup("--yes");
      assertEquals(code, 0, stdout + stderr);
      for (const part of ["finds them already", `Kept: chat ${CHAT}`, "is on already"]) {
        assertStringIncludes(stdout, part);
      }
      assert(!stdout.includes("The first check is running"), stdout);
      assertEquals(await sh(`stat -c '%n %i %Y' ${files}`), before);
      assertEquals(telegram.accepted.length, 1);
    });

    await test.step("on a full disk nothing is half written, and what was there stays", async () => {
      await sh(`cp -a /etc/pve-drift /srv/kept
        mount -t tmpfs -o size=4k,mode=750 none /etc/pve-drift; chgrp pve-drift /etc/pve-drift
        printf '{ "root": "/srv/environments", "sinks": ["console"] }\\n' >/etc/pve-drift/pve-drift.json`);
      const { code, stderr } = await setup(...all, "--telegram-token-file", "/srv/token", "--skip", "telegram");
      assertEquals(code, 1, stderr);
      assertStringIncludes(stderr, 'Cannot write "/etc/pve-drift/terraform.env": ');
      assertEquals(await sh("ls -A /etc/pve-drift"), "pve-drift.json\n");
      await sh("umount /etc/pve-drift");
    });

    await test.step("a link in place of the login leads nowhere", async () => {
      await sh("mv /etc/pve-drift/terraform.env /srv/elsewhere; ln -s /srv/elsewhere /etc/pve-drift/terraform.env");
      const before = await sh("sha256sum /srv/elsewhere");
      const { code, stderr } = await setup(...all, "--skip", "telegram");
      assertEquals(code, 1);
      assertStringIncludes(stderr, 'Cannot write "/etc/pve-drift/terraform.env": it is a link to "/srv/elsewhere"');
      assertEquals(
        await sh("sha256sum /srv/elsewhere; readlink /etc/pve-drift/terraform.env"),
        `${before}/srv/elsewhere\n`,
      );
      await sh("mv /srv/elsewhere /etc/pve-drift/terraform.env");
    });

    await test.step("an ordinary user sets up checks of their own, and learns what root would do", async () => {
      await sh(`useradd -m -s /bin/sh alice; cp -r /srv/environments /home/alice/code
        printf '%s' '${LOCK}' >/home/alice/code/prod/.terraform.lock.hcl
        chown -R alice: /home/alice; systemctl disable -q --now ${TIMER}`);
      await using person = new Typist(
        "nsenter",
        system.enter(
          ...["env", "-i", "TERM=xterm-256color", "PATH=/usr/local/bin:/usr/bin:/bin:/usr/sbin", "script", "--quiet"],
          ...[
            "--command",
            `stty cols 80; runuser -u alice -- env HOME=/home/alice sh -c 'cd ~/code; pve-drift setup'; echo "exit=$?"`,
          ],
          "/dev/null",
        ),
      );
      await person.sees(/Write "\/home\/alice\/\.config\/pve-drift\/pve-drift\.json"\?/);
      await person.types("", "agrees");
      await person.sees(/Ask Proxmox too\?/);
      await person.types("n", "wants no second witness");
      await person.sees(/Token of the bot/);
      await person.types("", "wants no messages");
      await person.sees(/For root/);
      await person.sees(/exit=/);
      const text = person.screen.replaceAll(/\s+/g, " ");
      for (
        const line of [
          "checks of your own; as root it sets up the service",
          "sh -c 'umask 077; cat >>/etc/pve-drift/terraform.env'",
          "install -m 0644 /home/alice/.config/pve-drift/pve-drift.json /etc/pve-drift/pve-drift.json",
          "chgrp -R pve-drift /home/alice/code",
          `systemctl enable --now ${TIMER}`,
        ]
      ) assertStringIncludes(text, line);
      assertEquals(await sh("stat -c '%U %a' /home/alice/.config/pve-drift/pve-drift.json"), "alice 644\n");
    });
    assertEquals((await system.run("systemctl", "is-failed", CHECK)).stdout, "inactive\n");
  },
  whyNoSystemd(),
);
