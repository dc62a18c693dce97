/** The logfile sink on disks that do not want it: full, read-only, and a folder of somebody else's. Needs root. */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import { ROOT, run, testWith } from "../support/programs.ts";

const CHILD = join(ROOT, "tests/support/logfile_child.ts");
const UNLESS_ROOT = Deno.uid() === 0 ? undefined : "needs root, to mount and to drop privileges";

/** Runs a shell script in a mount namespace of its own, with `$D` a fresh folder, `$DENO` and `$CHILD`. */
async function inNamespace(unshare: string, script: string): Promise<string> {
  const dir = await Deno.makeTempDir();
  try {
    const env = { D: dir, DENO: Deno.execPath(), CHILD };
    const { stdout, stderr } = await run(unshare, ["--mount", "sh", "-euc", script], { env });
    return stdout + stderr;
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}

testWith(["unshare", "mount"], "logfile takes a record back when the disk is full", async (_, unshare) => {
  // 11 pages of data: some records, and then a piece of one.
  const said = await inNamespace(
    unshare!,
    `
    mount -t tmpfs -o size=44k none "$D"
    "$DENO" run -A "$CHILD" "$D" 1000 || true
    stat -c 'size %s' "$D"/*.log
    tail -n1 "$D"/*.log
    "$DENO" run -A "$CHILD" "$D" 1 || true
    stat -c 'size %s' "$D"/*.log
    grep -c 'cut off' "$D"/*.log || true`,
  );
  const delivered = said.match(/^delivered \S+$/gm) ?? [];
  const lines = said.trim().split("\n");
  const last = delivered.length;
  assert(last > 3, said);
  assertStringIncludes(lines[last]!, 'drift-2026-11-24-prod.log": the disk is full');
  const [one, other] = [...said.matchAll(/^size (\d+)$/gm)].map(([, size]) => size);
  assertEquals(one, other);
  assertStringIncludes(said, `=== end of run ${delivered.at(-1)!.replace("delivered ", "")}\n`);
  assertEquals(lines.at(-1), "0");
}, UNLESS_ROOT);

testWith(["unshare", "mount"], "logfile says what is wrong when the file system is read-only", async (_, unshare) => {
  const said = await inNamespace(
    unshare!,
    `
    mount -t tmpfs none "$D"
    mount -o remount,ro "$D"
    "$DENO" run -A "$CHILD" "$D" 1 || true`,
  );
  assertStringIncludes(said, 'drift-2026-11-24-prod.log": the file system is read-only: name another folder');
}, UNLESS_ROOT);

testWith(
  ["unshare", "setpriv"],
  "logfile says what is wrong when folder or file are somebody else's",
  async (_, unshare) => {
    const said = await inNamespace(
      unshare!,
      `
    chown nobody "$D"; chmod 0755 "$D"
    asOther() { setpriv --bounding-set=-all --inh-caps=-all "$DENO" run -A "$CHILD" "$D" 1 || true; }
    asOther
    touch "$D/drift-2026-11-24-prod.log"; chown nobody "$D/drift-2026-11-24-prod.log"
    asOther
    chmod 0666 "$D/drift-2026-11-24-prod.log"
    asOther`,
    );
    const lines = said.trim().split("\n");
    const denied = `drift-2026-11-24-prod.log": permission denied: let this user (uid 0) write to it and its folder`;
    assertStringIncludes(lines[0]!, denied);
    assertStringIncludes(lines[1]!, denied);
    assertStringIncludes(lines[2]!, "delivered");
  },
  UNLESS_ROOT,
);

testWith(
  ["unshare", "setpriv"],
  "whyNotWritable() knows a folder that is somebody else's or read-only",
  async (_, unshare) => {
    const script = `import { whyNotWritable } from "${new URL("../../lib/writable.ts", import.meta.url)}";
    console.log(await whyNotWritable(Deno.args[0]));`;
    const said = await inNamespace(
      unshare!,
      `
    echo '${script}' > /tmp/why.$$.ts
    mkdir "$D/its" "$D/ro"
    chown nobody "$D/its"; chmod 0755 "$D/its"
    why() { "$@" "$DENO" run -q -A /tmp/why.$$.ts "$F"; }
    F="$D/its" why setpriv --bounding-set=-all --inh-caps=-all
    F="$D/its" why env
    mount -t tmpfs -o ro none "$D/ro"
    F="$D/ro" why env
    rm /tmp/why.$$.ts`,
    );
    assertEquals(said.trim().split("\n"), [
      "is not writable for this user (uid 0)",
      "undefined",
      "is on a read-only file system",
    ]);
  },
  UNLESS_ROOT,
);
