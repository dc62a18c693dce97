import { assert, assertEquals } from "@std/assert";
import { join } from "node:path";
import { DENO_PROGRAMS } from "../../packaging/deno_program.ts";
import { release } from "../../packaging/release.ts";
import { ROOT, run, testWith } from "../support/programs.ts";

testWith(["dpkg-deb", "git", "gzip"], "release() gives the same bytes twice, and checksums that hold", async () => {
  const folder = await Deno.makeTempDir({ prefix: "release-test-" });
  try {
    const programs = DENO_PROGRAMS.filter(({ arch }) => arch === Deno.build.arch);
    const how = { date: 1_700_000_000, programs, compression: "zstd", commit: "HEAD" } as const;
    const sums: string[] = [];
    for (const one of ["first", "second"]) {
      const into = join(folder, one);
      await Deno.mkdir(into);
      const umask = Deno.umask(one === "second" ? 0o077 : 0o022);
      const names = await release(how, into).finally(() => Deno.umask(umask));
      assertEquals(
        names.filter((name) => !/^pve-drift[-_].*\.(js|deb|tar\.gz|cdx\.json)$|^SHA256SUMS$/.test(name)),
        [],
      );
      assertEquals(names.length, 5);
      assertEquals((await run("sha256sum", ["--check", "--strict", "SHA256SUMS"], { cwd: into })).code, 0);
      sums.push(await Deno.readTextFile(join(into, "SHA256SUMS")));
      await new Promise((done) => setTimeout(done, 1100)); // no second shall show
    }
    assertEquals(sums[0], sums[1]);
    const archive = join(folder, "first", sums[0]!.match(/\S+\.tar\.gz/)![0]);
    const { stdout } = await run("tar", ["-tzf", archive]);
    assert(stdout.includes("/drift/check-drift.ts\n") && !stdout.includes("node_modules"), stdout);
    assert(
      stdout.includes("/tests/lab/pve.ts\n") && !/\/tests\/lab\/pve\/.*\.py$/m.test(stdout),
      "AGPL, see docs/DEPENDENCIES.md",
    );
    assert(!stdout.includes(ROOT));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
