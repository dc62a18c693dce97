import { assert, assertEquals, assertMatch, assertRejects, assertStringIncludes, assertThrows } from "@std/assert";
import { join } from "node:path";
import { bundle } from "../../packaging/bundle.ts";
import { install, uninstall } from "../../packaging/install.ts";
import { layout, placesOf } from "../../packaging/layout.ts";
import { RUN_BUNDLE } from "../../packaging/permissions.ts";
import { TaskError } from "../../packaging/task.ts";
import { renderCommand, renderUnit } from "../../packaging/units.ts";
import { ROOT, run } from "../support/programs.ts";

const folder = await Deno.makeTempDir({ prefix: "install-test-" });
addEventListener("unload", () => Deno.removeSync(folder, { recursive: true }));
const BUNDLE = join(folder, "pve-drift.js"), DENO = join(folder, "deno");
await bundle(BUNDLE);
await Deno.writeTextFile(DENO, "stands for Deno");

/** An installation below a folder of its own. */
function below(destdir: string, { prefix = "/usr/local", dryRun = false } = {}) {
  const told: string[] = [];
  const to = { prefix, destdir, dryRun, tell: (text: string) => void told.push(text.replaceAll(destdir, "")) };
  return { to, told };
}

async function inFolder(act: (destdir: string) => Promise<void>): Promise<void> {
  const destdir = await Deno.makeTempDir({ prefix: "install-test-" });
  try {
    await act(destdir);
  } finally {
    await Deno.remove(destdir, { recursive: true });
  }
}

/** Every file below a folder, as `MODE PATH`, and every folder that is not for all. */
async function filesBelow(path: string): Promise<string[]> {
  const { stdout } = await run("find", [
    ".",
    "-mindepth",
    "1",
    "-not",
    "-type",
    "d",
    "-printf",
    "%m %P\\n",
    "-o",
    "-not",
    "-perm",
    "755",
    "-printf",
    "%m %P\\n",
  ], {
    cwd: path,
  });
  return stdout.trim().split("\n").filter((line) => line !== "").sort();
}

Deno.test("install() lays down what layout() says, whatever the umask, and a second time nothing", async () => {
  await inFolder(async (destdir) => {
    const { to, told } = below(destdir);
    const umask = Deno.umask(0o077);
    try {
      assertEquals(await install({ ...to, dryRun: true }, BUNDLE, DENO), true);
      assertEquals(await filesBelow(destdir), [], "a dry run wrote something");
      const planned = told.splice(0);
      assertEquals(await install(to, BUNDLE, DENO), true);
      assertEquals(told.splice(0), planned);
    } finally {
      Deno.umask(umask);
    }
    const items = await layout("/usr/local", BUNDLE, DENO);
    const wanted = items.map(({ mode, path }) => `${mode.toString(8)} ${path.slice(1)}`);
    assertEquals(await filesBelow(destdir), [...wanted, "644 usr/local/lib/pve-drift/installed-files"].sort());
    for (
      const path of [
        "755 usr/local/bin/pve-drift",
        "755 usr/local/lib/pve-drift/deno",
        "644 etc/pve-drift/pve-drift.json",
      ]
    ) {
      assert(wanted.includes(path), path);
    }
    for (const path of ["docs/DRIFT-DETECTION.md", "dashboards/prometheus/drift-alerts.yml"]) {
      assert(wanted.includes(`644 usr/local/share/pve-drift/${path}`), path);
    }
    assertEquals(wanted.filter((path) => /_test\.ts$|generate\.ts$/.test(path) && !path.includes("/examples/")), []);

    assertEquals(await install(to, BUNDLE, DENO), false);
    assertEquals(told, ["kept     /etc/pve-drift/pve-drift.json"]);
  });
});

Deno.test("install() over an older version keeps the configuration, renews the rest, and takes away what is gone", async () => {
  await inFolder(async (destdir) => {
    const { to, told } = below(destdir);
    await install(to, BUNDLE, DENO);
    const config = join(destdir, "etc/pve-drift/pve-drift.json"), unit = "/etc/systemd/system/pve-drift-check.service";
    await Deno.writeTextFile(config, "{}");
    await Deno.writeTextFile(join(destdir, unit), "an older one");
    await Deno.chmod(join(destdir, "usr/local/bin/pve-drift"), 0o777);
    // A file that only the older version had, one of the operator's, and a link where a file of ours goes.
    const gone = "/usr/local/share/pve-drift/docs/old/GONE.md", own = "/usr/local/share/pve-drift/docs/MINE.md";
    await Deno.mkdir(join(destdir, gone, ".."));
    await Deno.writeTextFile(join(destdir, gone), "old");
    await Deno.writeTextFile(join(destdir, own), "mine");
    const list = join(destdir, "usr/local/lib/pve-drift/installed-files");
    await Deno.writeTextFile(list, `${await Deno.readTextFile(list)}${gone}\n`);
    const victim = join(destdir, "victim"), launcher = join(destdir, "usr/local/lib/pve-drift/run");
    await Deno.writeTextFile(victim, "untouched");
    for (const path of [join(destdir, own), victim]) await Deno.chmod(path, 0o644);
    await Deno.remove(launcher);
    await run("ln", ["-s", victim, launcher]);

    told.length = 0;
    assertEquals(await install(to, BUNDLE, DENO), true);
    assertEquals(told, [
      "kept     /etc/pve-drift/pve-drift.json",
      `changed  ${unit}`,
      "changed  /usr/local/bin/pve-drift",
      "changed  /usr/local/lib/pve-drift/run",
      `removed  ${gone}`,
    ]);
    assertEquals(await Deno.readTextFile(config), "{}");
    assertEquals(await Deno.readTextFile(victim), "untouched");
    assertEquals(await Deno.readTextFile(join(destdir, own)), "mine");
    await assertRejects(() => Deno.stat(join(destdir, gone, "..")), Deno.errors.NotFound);
    assert(!(await Deno.readTextFile(list)).includes("GONE"));

    told.length = 0;
    await uninstall({ ...to, dryRun: true });
    const planned = told.splice(0);
    await uninstall(to);
    assertEquals(told, planned);
    assertEquals(await filesBelow(destdir), [
      "644 etc/pve-drift/pve-drift.json",
      `644 ${own.slice(1)}`,
      "644 victim",
    ]);
    await assertRejects(() => uninstall(to), TaskError, "Cannot uninstall: there is no ");
  });
});

/** Runs the installed command as an ordinary user, with a program that prints what it was given. */
async function asOrdinaryUser(args: string[], hasOwn = false): Promise<{ stdout: string; stderr: string }> {
  const dir = await Deno.makeTempDir({ prefix: "install-test-" });
  try {
    const service = await Deno.readTextFile(join(ROOT, "systemd/pve-drift-check.service"));
    const places = { lib: join(dir, "lib"), share: "/usr/share/pve-drift" };
    await Deno.mkdir(places.lib);
    const scripts = {
      command: renderCommand(renderUnit("pve-drift-check.service", service, places), places),
      id: "#!/bin/sh\necho 1000\n",
      "lib/run": '#!/bin/sh\necho "run $*"\n',
    };
    for (const [name, text] of Object.entries(scripts)) {
      await Deno.writeTextFile(join(dir, name), text, { mode: 0o755 });
    }
    if (hasOwn) await Deno.writeTextFile(join(dir, "pve-drift.json"), "{}");
    const { code, stdout, stderr } = await run("/bin/sh", ["command", ...args], {
      cwd: dir,
      env: { PATH: `${dir}:${Deno.env.get("PATH")}` },
    });
    assertEquals(code, 0, stderr);
    return { stdout, stderr };
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}

Deno.test("the installed command tells an ordinary user to run it as root, where that makes a difference", async () => {
  for (const args of [["--all"], ["doctor"], ["sinks", "test", "telegram"]]) {
    const { stdout, stderr } = await asOrdinaryUser(args);
    assertEquals(stdout, `run ${args.join(" ")}\n`);
    assertEquals(
      stderr,
      "pve-drift: this runs as you, without the service's login to Proxmox, memory and log files: run it as root\n",
    );
  }
  for (
    const args of [[], ["help"], ["version"], ["-V"], ["doctor", "--help"], ["replay", "x"], ["--all", "--config=x"]]
  ) {
    assertEquals(await asOrdinaryUser(args), { stdout: `${["run", ...args].join(" ").padEnd(4)}\n`, stderr: "" });
  }
  assertEquals(await asOrdinaryUser(["--all"], true), { stdout: "run --all\n", stderr: "" });
});

Deno.test("deno task install ends in silence when its reader has read enough", async () => {
  const line =
    'set -o pipefail; "$0" run -q -A --cached-only "$1" --dry-run --prefix /opt/x | { exec <&-; }; echo "$?"';
  // Whatever the locale is, for bash complains of one that is not there.
  const bash = ["LC_ALL=C", "bash", "-c", line, Deno.execPath(), join(ROOT, "packaging/install.ts")];
  const { stdout, stderr } = await run("env", bash);
  assertEquals([stdout, stderr], ["141\n", ""]);
});

Deno.test("deno task install says what is wrong with its command line", async () => {
  const task = async (...args: string[]) => {
    const { code, stdout, stderr } = await run(Deno.execPath(), ["task", "-q", "install", ...args], { cwd: ROOT });
    return [code, stdout, stderr];
  };
  assertEquals(await task("--purge", "--dry-run"), [
    1,
    "",
    'Option "--purge" goes with "--uninstall": it removes configuration, state and logs too\n',
  ]);
  assertMatch(String(await task("--prefx", "/usr")), /^1,,Unknown argument "--prefx": known are --prefix VALUE, /);
  assertMatch(
    String(await task("--prefix", "usr", "--dry-run")),
    /^1,,Cannot install below "usr": it must be an absolute path/,
  );
  assertMatch(String(await task("--prefix", "/us r", "--destdir", "/tmp/none")), /^1,,Cannot install below "\/us r"/);
});

Deno.test("renderUnit() names the installed program, and refuses a unit that it does not know", async () => {
  const places = placesOf("/usr");
  for await (const { name, isFile } of Deno.readDir(join(ROOT, "systemd"))) {
    if (!isFile) continue;
    const text = await Deno.readTextFile(join(ROOT, "systemd", name));
    const unit = renderUnit(name, text, places);
    assert(!unit.includes("/opt/"), name);
    const settings = (text: string) => text.split("\n").filter((line) => /^\w+=/.test(line));
    const changed = settings(unit).filter((line) => !settings(text).includes(line));
    const want = ["Documentation=file:///usr/share/pve-drift/docs/DRIFT-DETECTION.md"];
    if (/^pve-drift-(?:check|look)\b.*\.service$/.test(name)) {
      want.push("WorkingDirectory=/etc/pve-drift");
      const asks = name.includes("@") ? "--env %i" : name.includes("look") ? "--all --if-changed" : "--all";
      want.push(`ExecStart=/usr/lib/pve-drift/run ${asks}`);
    }
    assertEquals(changed, want, name);
  }
  const strange = "ExecStart=/usr/lib/pve-drift/deno task drift --all\n";
  assertThrows(() => renderUnit("x.service", strange, places), TaskError, 'it still says "ExecStart=/usr/lib');
});

Deno.test("the installed command and launcher start the program with its permissions and as the service does", async () => {
  const items = await layout("/usr", BUNDLE, DENO);
  const text = (path: string) => items.find((item) => item.path === path)!.content as string;
  assertEquals(
    text("/usr/lib/pve-drift/run"),
    `#!/bin/sh\nexec /usr/lib/pve-drift/deno ${RUN_BUNDLE.join(" ")} /usr/lib/pve-drift/pve-drift.js "$@"\n`,
  );
  const service = text("/usr/lib/systemd/system/pve-drift-check.service");
  const command = text("/usr/bin/pve-drift");
  for (const [, name, value] of service.matchAll(/^((?:State|Cache|Logs)Directory|LoadCredential|UMask)=(.+)$/gm)) {
    assertStringIncludes(command, ` --property=${name}=${value} `);
  }
  for (const [, pair] of service.matchAll(/^Environment=.*?(\w+=\S+)/gm)) {
    assertStringIncludes(command, `--setenv=${pair!.replace("%S", "/var/lib").replace("%C", "/var/cache")} `);
  }
  assert(!/%[A-Za-z]/.test(command), "a specifier that systemd-run does not know");
  assertThrows(() => renderCommand(service.replace(/^UMask=.*$/m, ""), placesOf("/usr")), TaskError, 'no "UMask="');
});
