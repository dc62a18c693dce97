/** The handbook from an empty machine to the first alerts, and back to an empty machine: its commands as they stand there. */

import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import { Estate, simple } from "../support/estate.ts";
import { FAKE_TOKEN } from "../support/fake_telegram.ts";
import { codeOf, readHandbook } from "../docs/handbook.ts";
import { place, SystemdNamespace, whyNoSystemd } from "../lab/systemd_namespace/namespace.ts";
import { write } from "../lab/systemd_namespace/shipped.ts";
import { type Outcome, ROOT, run, testWith } from "../support/programs.ts";
import { eventually } from "../support/servers.ts";

const handbook = await readHandbook();
const TELEGRAM = "127.0.0.1:8443";
const PARTS = [
  "deno.json",
  "deno.lock",
  "CHANGELOG.md",
  "drift",
  "lib",
  "sinks",
  "types",
  "systemd",
  "dashboards",
  "docs",
];

testWith(["npm", "bash"], "the handbook's commands install the Deno that it names", async () => {
  const folder = await Deno.makeTempDir({ prefix: "deno-" });
  const code = codeOf(handbook, "test", "deno").replaceAll("/usr/lib/", `${folder}/`);
  const said = await run("bash", ["-euo", "pipefail", "-c", code], { env: { TMPDIR: folder } });
  assertEquals(said.code, 0, said.stdout + said.stderr);
  const { stdout } = await run(join(folder, "pve-drift/deno"), ["--version"]);
  await Deno.remove(folder, { recursive: true });
  assertStringIncludes(stdout, `deno ${Deno.version.deno} `);
}, Deno.build.arch === "x86_64" ? undefined : "needs x86_64");

/** A repository that a stranger clones, with what is here now; alerts wait for nothing, and Telegram is on this machine. */
async function repository(tree: string): Promise<void> {
  const folder = join(tree, "srv/repository");
  await Deno.mkdir(folder, { recursive: true });
  const copied = await run("cp", ["-a", ...PARTS, folder], { cwd: ROOT });
  assertEquals(copied.code, 0, copied.stderr);
  const edit = async (path: string, from: RegExp, to: string) => {
    const text = await Deno.readTextFile(join(folder, path));
    assertMatch(text, from);
    await Deno.writeTextFile(join(folder, path), text.replaceAll(new RegExp(from, "g"), to));
  };
  await edit("dashboards/prometheus/drift-alerts.yml", /\b(for|keep_firing_for): \d+[mh]/, "$1: 0s");
  await edit("dashboards/alertmanager/alertmanager.yml", /group_(wait|interval): .*/, "group_$1: 500ms");
  await edit("dashboards/alertmanager/alertmanager.yml", /( +)chat_id: .*/, `$1api_url: http://${TELEGRAM}\n$&`);
}

const COMMIT = 'git -c user.name=x -c user.email=x@example.org commit -q --all -m "$1"';

class Installed {
  constructor(readonly system: SystemdNamespace) {}

  /** Runs shell commands inside, with what a root shell has. */
  shell(code: string): Promise<Outcome> {
    const env = [
      "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
      "HOME=/srv/home",
      "REPOSITORY=/srv/repository",
    ];
    return this.system.run("env", "-i", ...env, "bash", "-euo", "pipefail", "-c", code);
  }

  async must(code: string): Promise<string> {
    const said = await this.shell(code);
    if (said.code !== 0) throw new Error(`${code}\nexit code ${said.code}\n${said.stdout}${said.stderr}`);
    return said.stdout + said.stderr;
  }

  /** Runs a block of the handbook as it stands there. `mayFail`: it shows something that is not in order. */
  async block(name: string, { mayFail = false } = {}): Promise<string> {
    const code = codeOf(handbook, "test", name);
    return await this.must(mayFail ? `set +e\n${code}true` : code);
  }

  /** Commits a change to the code that is the environments' origin. */
  async push(file: string, text: string): Promise<void> {
    await this.must(`cd /srv/origin\ncat >'${file}' <<'END'\n${text}END\nset -- change\n${COMMIT}`);
  }

  async messages(): Promise<string[]> {
    const said = await this.must(`curl -s http://${TELEGRAM}/__accepted`);
    return (JSON.parse(said) as { text: string }[]).map(({ text }) => text);
  }

  /** The message that matches, once it is there. */
  message(pattern: RegExp): Promise<string> {
    return eventually(
      `a message like ${pattern}`,
      async () => (await this.messages()).find((one) => pattern.test(one)),
    );
  }
}

testWith(
  [
    ...["unshare", "nsenter", "dbus-daemon", "git", "curl", "jq", "terraform", "amtool", "promtool"],
    ...["prometheus", "prometheus-alertmanager", "prometheus-node-exporter"],
  ],
  "the handbook leads from an empty machine to the first alerts, and back",
  async (test) => {
    await using estate = await Estate.create({ lab: simple("as applied"), prod: simple("as applied") });
    await estate.apply("lab", "prod");
    await using system = await SystemdNamespace.boot(async (tree) => {
      await repository(tree);
      for (const name of ["lab", "prod"]) {
        await write(tree, `srv/origin/${name}/main.tf`, simple("as applied")["main.tf"]!);
        await place(estate.path(name, "terraform.tfstate"), tree, `srv/state/${name}/terraform.tfstate`);
      }
      await place(Deno.execPath(), tree, "usr/lib/pve-drift/deno");
      await Deno.chmod(join(tree, "usr/lib/pve-drift/deno"), 0o755);
      await place((await run("which", ["terraform"])).stdout.trim(), tree, "usr/local/bin/terraform");
      await Deno.chmod(join(tree, "usr/local/bin/terraform"), 0o755);
      for (
        const name of [
          "deno.json",
          "deno.lock",
          "tests/support/fake_telegram.ts",
          "tests/support/telegram_html.ts",
          "tests/support/telegram_updates.ts",
        ]
      ) {
        await place(join(ROOT, name), tree, `srv/telegram/${name}`);
      }
      await run("cp", ["-a", join(ROOT, "node_modules"), join(tree, "srv/telegram")]);
      // What the npm registry would give: there is no way to it from inside.
      const cache = Deno.env.get("DENO_DIR") ?? join(Deno.env.get("HOME")!, ".cache/deno");
      await Deno.mkdir(join(tree, "var/cache/pve-drift/deno"), { recursive: true });
      await run("cp", ["-a", join(cache, "npm"), join(tree, "var/cache/pve-drift/deno")]);
    }, { ownNetwork: true });
    const machine = new Installed(system);
    await machine.must(`
      systemctl start dbus.socket prometheus-node-exporter
      for place in repository origin; do
        cd /srv/$place; git init -q -b main .; git add -A; set -- first; ${COMMIT}
      done
      git clone -q /srv/origin /srv/environments
      cp -a /srv/state/. /srv/environments/
      systemd-run -q --unit=telegram --working-directory=/srv/telegram --setenv=DENO_DIR=/tmp/telegram \\
        /usr/lib/pve-drift/deno run -q --no-prompt --allow-net=127.0.0.1 tests/support/fake_telegram.ts \\
        --port=${TELEGRAM.split(":")[1]} --token=${FAKE_TOKEN} --chat=-1001234567890`);

    await test.step("installation, and a first check that finds nothing", async () => {
      for (const name of ["program", "units", "packages", "environments", "secrets", "configuration", "by-hand"]) {
        await machine.block(name);
      }
      const set = await machine.must("pve-drift setup --yes --skip telegram --skip timer");
      for (const part of ["which finds them already", 'may read all of "/srv/environments"', "Checks can succeed"]) {
        assertStringIncludes(set, part);
      }
      assertEquals(await machine.must("find /var/lib/pve-drift /var/cache/pve-drift ! -user pve-drift"), "");
      // Else the service, which may not write there, tries to for three seconds at the start of each run.
      const cache = "/opt/pve-drift/node_modules/.deno/.setup-cache.bin";
      await machine.must(`cp ${cache} /tmp/before
        cd /opt/pve-drift && /usr/lib/pve-drift/deno task -q drift --dry-run --quiet --sink console >/tmp/dry-run || [ $? = 3 ]
        cmp ${cache} /tmp/before`);
      const first = await machine.block("first-check");
      assertStringIncludes(first, "\nChecks can succeed");
      assertMatch(first, /^lab +OK .*\nprod +OK /m);
      assert(!first.includes("exit code"), first);
      await machine.block("timer");
      await machine.block("another-rhythm");
      await machine.block("looks");
      // From here on, nothing but what this test starts.
      await machine.must("systemctl disable --now pve-drift-look.timer");
      await machine.block("refresh");
      const minute = await machine.block("in-one-minute");
      assertMatch(minute, /drift-\d{4}-\d\d-\d\d-prod\.log/);
      assertMatch(minute, /pve-drift-check@prod\.timer/);
    });

    await test.step("the first message names what differs", async () => {
      await machine.must(`exec <<<'${FAKE_TOKEN}'\n${codeOf(handbook, "test", "telegram-token")}`);
      const entry = '"chatId": -1001234567890';
      const telegram = codeOf(handbook, "test", "telegram");
      assertStringIncludes(telegram, entry);
      await machine.must(telegram.replace(entry, `${entry}, "apiRoot": "http://${TELEGRAM}"`));
      await machine.message(/^🧪 Test of this sink: [^]*sink-test: /);
      await machine.push("prod/main.tf", simple("as wanted")["main.tf"]!);
      const journal = await machine.block("first-message");
      assertMatch(journal, /prod +DRIFT +1 /);
      const message = await machine.message(/terraform_data\.a/);
      for (const part of ["prod", "as applied", "as wanted"]) assertStringIncludes(message, part);
    });

    await test.step("a check that fails reaches Telegram by Prometheus and Alertmanager", async () => {
      await machine.must("sed -i 's/_interval: *15s/_interval: 1s/' /etc/prometheus/prometheus.yml");
      await machine.block("rules");
      await machine.block("alertmanager");
      assertMatch(await machine.block("drift-told-by-the-sink"), /^nobody$/m);
      await machine.push("prod/main.tf", "resource {\n");
      assertEquals((await machine.shell("systemctl start pve-drift-check")).code, 1);
      const message = await machine.message(/FIRING: DriftCheckFailed/);
      assertStringIncludes(message, "• prod: The last drift check of environment prod failed (config-invalid)");
      const told = await machine.messages();
      assertEquals(told.filter((text) => text.includes("DriftDetected")), [], "drift was told twice");
      assertMatch(
        await machine.must("journalctl -q -o cat -t pve-drift"),
        /pve-drift-check\.service failed \(exit-code 1\)/,
      );
    });

    await test.step("the commands of each alert's section show what they say", async () => {
      const failed = await machine.block("drift-check-failed", { mayFail: true });
      assertMatch(failed, /prod: ERROR config-invalid/);
      assertStringIncludes(failed, "What to do: ");
      await machine.push("prod/main.tf", simple("as wanted")["main.tf"]!);
      assertMatch(await machine.block("drift-check-stale"), /pve-drift-check\.timer/);
      assertMatch(await machine.block("drift-look-stale"), /timers listed/);
      await machine.message(/RESOLVED: DriftCheckFailed/);
      assertMatch(await machine.block("drift-detected", { mayFail: true }), /prod: DRIFT/);
      assertMatch(await machine.block("drift-sink-failed"), /Sink "telegram": @drift_test_bot/);
      const missing = await machine.block("drift-metrics-missing");
      assertMatch(missing, /^\d\d+$/m);
      assertMatch(missing, /^up\{.*\} => 1 /m);
      assertMatch(missing, /^pve_drift_status\{env="prod".*\} => 1 /m);
      assertMatch(await machine.block("drift-metrics-unreadable"), /-rw-r--r-- .* pve_drift\.prom/);
      const silence = (await machine.block("silence")).trim();
      const silences = await machine.must("amtool --alertmanager.url=http://localhost:9093 silence query");
      assertMatch(silences, new RegExp(`${silence} .*alertname="DriftDetected" env="prod"`));
    });

    await test.step("metrics go to another folder, and another program is started, where the drop-ins say so", async () => {
      const config = handbook.blocks.find(({ kind, code }) =>
        kind === "config" && code.includes("textfile_collector")
      )!;
      await machine.must(`mkdir -p /var/lib/node_exporter/textfile_collector
        cp /etc/pve-drift/pve-drift.json /etc/pve-drift/kept
        cat >/etc/pve-drift/pve-drift.json <<'END'\n${config.code}END`);
      await machine.block("other-textfiles");
      await machine.must(
        "systemctl start pve-drift-check; ls /var/lib/node_exporter/textfile_collector/pve_drift.prom",
      );
      await machine.must(`mv /etc/pve-drift/kept /etc/pve-drift/pve-drift.json
        cat >/etc/systemd/system/pve-drift-check.service.d/bundle.conf <<'END'\n${
        codeOf(handbook, "file", "bundle.conf")
      }END
        echo 'console.log("bundled", Deno.args.join(" ")); Deno.exit(2);' >/usr/lib/pve-drift/pve-drift.js
        systemctl daemon-reload; systemctl start pve-drift-check
        rm /etc/systemd/system/pve-drift-check.service.d/bundle.conf; systemctl daemon-reload`);
      assertStringIncludes(await machine.must("journalctl -q -o cat -u pve-drift-check -n 20"), "bundled --all\n");
    });

    await test.step("an upgrade brings what is new and keeps what is yours", async () => {
      await machine.must(`cd /srv/repository
        sed -i 's/^Description=.*/Description=The newer one/' systemd/pve-drift-check.service; set -- newer; ${COMMIT}`);
      assertStringIncludes(await machine.block("upgrade"), "Checks can succeed");
      assertEquals(
        await machine.must("systemctl show --value -p Description pve-drift-check; ls /etc/pve-drift"),
        "The newer one\npve-drift.json\nterraform.env\n",
      );
    });

    await test.step("the removal leaves nothing but the code", async () => {
      await machine.must("rm -r /var/lib/node_exporter");
      await machine.block("removal");
      await machine.block("removal-prometheus");
      const left = await machine.must(
        "find /etc /opt /run /usr /var -xdev -iname '*pve[-_]drift*' -newer /srv/telegram -print",
      );
      assertEquals(left, "");
      assertEquals((await machine.shell("id pve-drift")).code, 1);
      await machine.must("systemctl is-active prometheus");
    });
  },
  whyNoSystemd(),
);
