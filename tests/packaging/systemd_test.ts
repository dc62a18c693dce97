import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import { ROOT, run, testWith } from "../support/programs.ts";

const UNITS = join(ROOT, "systemd");
const read = (name: string) => Deno.readTextFileSync(join(UNITS, name));

/** The lines that mean something, `\` joins undone. */
function settings(unit: string): string[] {
  return unit.replaceAll(/\\\n\s*/g, "").split("\n").filter((line) => line && !line.startsWith("#"));
}

/** A root folder with the units, what they start, and the distribution's targets. */
async function tree(): Promise<string> {
  const root = await Deno.makeTempDir({ prefix: "units-" });
  const own = join(root, "etc/systemd/system");
  const targets = join(root, "usr/lib/systemd/system");
  for (const dir of [own, targets]) await Deno.mkdir(dir, { recursive: true });
  for await (const { name, isFile } of Deno.readDir(UNITS)) {
    if (isFile) await Deno.copyFile(join(UNITS, name), join(own, name));
  }
  for await (const { name } of Deno.readDir("/lib/systemd/system")) {
    if (name.endsWith(".target")) await Deno.copyFile(join("/lib/systemd/system", name), join(targets, name));
  }
  for (const program of ["usr/lib/pve-drift/deno", "bin/sh"]) {
    await Deno.mkdir(join(root, program, ".."), { recursive: true });
    await Deno.writeTextFile(join(root, program), "#!/bin/sh\n", { mode: 0o755 });
  }
  return root;
}

/** Exit code and output of `systemd-analyze verify`, which without the two options says 0 to almost everything. */
async function verify(analyze: string, root: string, unit: string) {
  return await run(analyze, ["verify", "--recursive-errors=no", "--man=no", `--root=${root}`, unit]);
}

testWith(["systemd-analyze"], "systemd-analyze verify accepts every unit without a word", async (_, analyze) => {
  const root = await tree();
  try {
    for (
      const unit of [
        "pve-drift-check.service",
        "pve-drift-check.timer",
        "pve-drift-check@prod.service",
        "pve-drift-check@prod.timer",
        "pve-drift-look.service",
        "pve-drift-look.timer",
        "pve-drift-failed@pve-drift-check@prod.service.service",
      ]
    ) {
      const said = await verify(analyze, root, unit);
      assertEquals([unit, said], [unit, { code: 0, stdout: "", stderr: "" }]);
    }
    const broken = join(root, "etc/systemd/system/pve-drift-check.service");
    await Deno.writeTextFile(broken, read("pve-drift-check.service").replace("TimeoutStopSec=", "TimeoutStopSecs="));
    assert(
      (await verify(analyze, root, "pve-drift-check.service")).code !== 0,
      "verify does not see a misspelt setting",
    );
  } finally {
    await Deno.remove(root, { recursive: true });
  }
});

testWith(
  ["systemd-analyze"],
  "systemd-analyze security scores the units of checks and looks 1.5 or less",
  async (_, analyze) => {
    for (const unit of ["pve-drift-check.service", "pve-drift-check@.service", "pve-drift-look.service"]) {
      // The threshold is in tenths.
      const said = await run(analyze, ["security", "--offline=true", "--threshold=15", join(UNITS, unit)]);
      assertEquals(said.code, 0, said.stdout.split("\n").slice(-3).join("\n") + said.stderr);
    }
  },
);

testWith(
  ["systemd-analyze"],
  "systemd-analyze calendar understands every rhythm, the documented one too",
  async (_, analyze) => {
    const rhythms = ["pve-drift-check.timer", "pve-drift-check@.timer", "pve-drift-look.timer"]
      .flatMap((name) => [...read(name).matchAll(/^(?:# {3})?OnCalendar=(.+)$/gm)].map((found) => found[1]!));
    assertEquals(rhythms.length, 5);
    for (const rhythm of rhythms) {
      const said = await run(analyze, ["calendar", "--iterations=2", rhythm]);
      assertEquals(said.code, 0, said.stderr);
    }
  },
);

Deno.test("pve-drift-check@.service is pve-drift-check.service in everything but the environment", () => {
  const all = settings(read("pve-drift-check.service")).map((line) =>
    line.replace("of all environments", "of environment %i").replace("drift --all", "drift --env %i")
  );
  assertEquals(settings(read("pve-drift-check@.service")), all);
});

Deno.test("pve-drift-look.service is pve-drift-check.service in everything but what it asks, and sends no mail", () => {
  const all = settings(read("pve-drift-check.service")).filter((line) => !line.startsWith("OnFailure=")).map((line) =>
    line.startsWith("Description=")
      ? "Description=Look at Proxmox for what has changed since the last drift check"
      : line.replace("drift --all", "drift --all --if-changed")
  );
  assertEquals(settings(read("pve-drift-look.service")), all);
});

Deno.test("looks come every five minutes and stay off until somebody switches them on", () => {
  const lines = settings(read("pve-drift-look.timer"));
  for (const line of ["OnCalendar=*:0/5", "RandomizedDelaySec=1min", "AccuracySec=15s", "WantedBy=timers.target"]) {
    assert(lines.includes(line), line);
  }
  assertStringIncludes(read("system-preset/80-pve-drift.preset"), "disable pve-drift-*");
});

Deno.test("every service's lines in the journal bear the program's name", async () => {
  for await (const { name } of Deno.readDir(UNITS)) {
    if (name.endsWith(".service")) assert(settings(read(name)).includes("SyslogIdentifier=pve-drift"), name);
  }
});

Deno.test("pve-drift-check.service calls drift a success, a stop too, and nothing else", () => {
  const lines = settings(read("pve-drift-check.service"));
  assertEquals(lines.filter((line) => line.startsWith("SuccessExitStatus=")), ["SuccessExitStatus=2 130 143"]);
  assert(lines.includes("OnFailure=pve-drift-failed@%n.service"));
});

Deno.test("pve-drift-check.service writes nowhere but in its own folders and the textfile folder", () => {
  const lines = settings(read("pve-drift-check.service"));
  assert(lines.includes("ProtectSystem=strict"));
  assertEquals(lines.filter((line) => /^(ReadWritePaths|BindPaths|TemporaryFileSystem)=/.test(line)), [
    "ReadWritePaths=-/var/lib/prometheus/node-exporter",
  ]);
  assertStringIncludes(read("tmpfiles.d/pve-drift.conf"), "d /var/lib/prometheus/node-exporter 2775 root pve-drift");
});
