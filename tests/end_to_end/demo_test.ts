/** The demo as a newcomer sees it, and what it leaves behind however it ends. */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import { findProgram, ROOT, run, testTerraform } from "../support/programs.ts";

const TASK = ["task", "-q", "--config", join(ROOT, "deno.json"), "demo"];

/** A temporary folder in which the demo works alone, and a PATH folder of stand-ins beside it. */
async function inFolder(act: (temp: string, bin: string) => Promise<void>): Promise<void> {
  const dir = await Deno.makeTempDir({ prefix: "pve-drift-test-" });
  try {
    const temp = join(dir, "temp"), bin = join(dir, "bin");
    await Deno.mkdir(temp);
    await Deno.mkdir(bin);
    await act(temp, bin);
    assertEquals(await Array.fromAsync(Deno.readDir(temp), ({ name }) => name), [], "The demo left something behind");
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}

testTerraform("the demo tells its story within 15 s and leaves nothing behind", async () => {
  await inFolder(async (TMPDIR) => {
    const began = performance.now();
    const { code, stdout, stderr } = await run(Deno.execPath(), TASK, {
      env: { TMPDIR, TF_CLI_CONFIG_FILE: "/nowhere/terraformrc", TF_WORKSPACE: "nope", NO_COLOR: "1" },
    });
    assertEquals(code, 0, stderr);
    assert(performance.now() - began < 15_000);
    for (
      const line of [
        "lab          OK      0                  no difference",
        "prod         DRIFT   1                  1 not applied yet",
        "    input.cores: expected 4 → actual 2",
        "  + terraform_data.dns",
        "│     input.cores: expected 4 → actual 2",
        '│ pve_drift_status{env="prod"} 1',
        "RECORDED",
        '  ~ VM 101 "web" on pve1',
        "    changed by hand; an apply would change it back",
        "    memory[0].dedicated: expected 2048 → actual 4096",
      ]
    ) assertStringIncludes(stdout, line);
    assertEquals(stdout.split("\n").filter((line) => line.length > 80 && !line.includes(TMPDIR)), []);
  });
});

for (const [signal, exitCode] of [["SIGINT", 130], ["SIGTERM", 143], ["SIGHUP", 129]] as const) {
  testTerraform(`the demo leaves nothing behind when ${signal} stops it`, async () => {
    await inFolder(async (TMPDIR) => {
      const child = new Deno.Command(Deno.execPath(), {
        args: ["run", "-q", "-A", "--no-prompt", join(ROOT, "tests/end_to_end/demo.ts")],
        env: { TMPDIR },
        stdout: "piped",
        stderr: "piped",
      }).spawn();
      const reader = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
      for (let text = ""; !text.includes("$ deno task drift --all");) {
        const { value, done } = await reader.read();
        assert(!done, text);
        text += value;
      }
      child.kill(signal);
      const drain = async () => {
        while (!(await reader.read()).done);
      };
      const [{ code }, stderr] = await Promise.all([child.status, new Response(child.stderr).text(), drain()]);
      assertEquals(code, exitCode, stderr);
      assertStringIncludes(stderr, "Stopped; the estate is removed\n");
    });
  });
}

testTerraform("the demo leaves nothing behind when terraform fails, and says what it said", async () => {
  await inFolder(async (TMPDIR, bin) => {
    const terraform = `#!/bin/sh\n[ "$1" = apply ] && echo "Error: no luck today" >&2 && exit 1\nexec '${
      findProgram("terraform")
    }' "$@"\n`;
    await Deno.writeTextFile(join(bin, "terraform"), terraform, { mode: 0o755 });
    const { code, stderr } = await run(Deno.execPath(), TASK, {
      env: { TMPDIR, PATH: `${bin}:${Deno.env.get("PATH")}` },
    });
    assertEquals(code, 1);
    assertStringIncludes(
      stderr,
      '"terraform apply -input=false -auto-approve -no-color" ended with exit code 1:\nError: no luck today\n',
    );
  });
});

testTerraform("the demo leaves nothing behind when nobody reads it to its end", async () => {
  await inFolder(async (TMPDIR) => {
    const shell = `'${Deno.execPath()}' task -q --config '${join(ROOT, "deno.json")}' demo | head -n 3`;
    const { stdout, stderr } = await run("/bin/sh", ["-c", shell], { env: { TMPDIR } });
    assertEquals(stdout.split("\n").length, 4);
    assertEquals(stderr.includes("at file:"), false, stderr);
  });
});

Deno.test("the demo says so when terraform is missing", async () => {
  await inFolder(async (TMPDIR, bin) => {
    const { code, stderr } = await run(Deno.execPath(), TASK, { env: { TMPDIR, PATH: bin } });
    assertEquals(code, 1);
    assertStringIncludes(stderr, "Cannot find terraform or tofu on PATH: install Terraform");
  });
});
