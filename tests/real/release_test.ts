/** A release as a user gets it: what is in its folder, and what is in each of its files. */

import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import project from "../../deno.json" with { type: "json" };
import { debianVersion } from "../../packaging/debian_package.ts";
import { DENO_PROGRAMS } from "../../packaging/deno_program.ts";
import { layout } from "../../packaging/layout.ts";
import { RUN_BUNDLE } from "../../packaging/permissions.ts";
import { release } from "../../packaging/release.ts";
import { sha256 } from "../../packaging/task.ts";
import { ROOT, run, testWith } from "../support/programs.ts";
import { callUnderUmask } from "../support/umask.ts";

const NAME = `pve-drift-${project.version}`, DATE = 1_700_000_000;
const programs = DENO_PROGRAMS.filter(({ arch }) => arch === Deno.build.arch);
const DEB = `pve-drift_${debianVersion()}_${programs[0]!.debian}.deb`;

async function must(command: string, args: string[], cwd = ROOT): Promise<string> {
  const { code, stdout, stderr } = await run(command, args, { cwd, env: { LC_ALL: "C", TZ: "UTC" } });
  assertEquals(code, 0, stderr);
  return stdout;
}

/** A commit of what is in the checkout now, so that source and bundle agree while something is not committed yet. */
async function commitOfCheckout(): Promise<string> {
  const who = ["-c", "user.name=test", "-c", "user.email=test@localhost"];
  return (await must("git", [...who, "stash", "create"])).trim() || "HEAD";
}

/** Paths of all files below a folder, sorted, each with a slash in front. */
async function filesBelow(folder: string): Promise<string[]> {
  return (await must("find", [folder, "-type", "f", "-printf", "/%P\n"])).trim().split("\n").sort();
}

testWith(
  ["dpkg-deb", "git", "gzip", "terraform"],
  "release() gives the same bytes twice, and each file holds what docs/INSTALL.md says",
  async (test) => {
    const folder = await Deno.makeTempDir({ prefix: "release-test-" });
    try {
      const how = { date: DATE, programs, compression: "zstd", commit: await commitOfCheckout() } as const;
      const there = join(folder, "first"), again = join(folder, "second");
      await Deno.mkdir(there);
      await Deno.mkdir(again);
      await release(how, there);
      await checkFolder(test, there);
      await checkPackage(test, there, join(folder, "package"));
      await checkSource(test, there, join(folder, "source"), how.commit);
      await test.step("the same commit gives the same bytes, later and under another umask", async () => {
        const began = Math.floor((await Deno.stat(join(there, "SHA256SUMS"))).mtime!.getTime() / 1000);
        assert(Math.floor(Date.now() / 1000) > began, "no second has passed: no time could show");
        await callUnderUmask(0o077, "packaging/release.ts", "release", how, again);
        const sums = (folder: string) => Deno.readTextFile(join(folder, "SHA256SUMS"));
        assertEquals(await sums(again), await sums(there));
      });
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
);

async function checkFolder(test: Deno.TestContext, there: string): Promise<void> {
  await test.step("the folder: five files, and the checksum of each", async () => {
    const names = (await filesBelow(there)).map((path) => path.slice(1));
    const others = [`${NAME}.cdx.json`, `${NAME}.js`, `${NAME}.tar.gz`, DEB].sort();
    assertEquals(names, ["SHA256SUMS", ...others].sort());
    const summed = await must("sha256sum", ["--check", "--strict", "SHA256SUMS"], there);
    assertEquals(summed.trim().split("\n"), others.map((name) => `${name}: OK`));
  });

  await test.step("the bundle: runs with nothing beside it, and says the version", async () => {
    const bundled = join(there, `${NAME}.js`);
    assertEquals(
      await must(Deno.execPath(), [...RUN_BUNDLE, bundled, "--version"], "/"),
      `pve-drift ${project.version}\n`,
    );
    assertEquals((await Deno.stat(bundled)).mode! & 0o777, 0o755);
  });

  await test.step("the SBOM: names this version, and each package with a license", async () => {
    const bom = JSON.parse(await Deno.readTextFile(join(there, `${NAME}.cdx.json`)));
    const { component, timestamp } = bom.metadata;
    assertEquals([component.name, component.version], ["pve-drift", project.version]);
    assertEquals(timestamp, new Date(DATE * 1000).toISOString().replace(".000", ""));
    assertEquals(component.hashes[0].content, await sha256(await Deno.readFile(join(there, `${NAME}.js`))));
    for (const { name, licenses: [{ license }] } of bom.components) {
      assertMatch(license.id, /^(MIT|ISC|Apache-2\.0|BSD-[23]-Clause|0BSD)$/, name);
    }
  });
}

async function checkPackage(test: Deno.TestContext, there: string, to: string): Promise<void> {
  const bundled = join(there, `${NAME}.js`),
    lib = join(to, "usr/lib/pve-drift"),
    doc = join(to, "usr/share/doc/pve-drift");
  await must("dpkg-deb", ["--extract", join(there, DEB), to]);
  const unpacked = async (path: string) => await must("gzip", ["-dc", path]);

  await test.step("the package: each file of an installation, and what Debian wants beside them", async () => {
    const gzipped = (path: string) => path.startsWith("/usr/share/man/") ? `${path}.gz` : path;
    const installed = (await layout("/usr", bundled, Deno.execPath())).map(({ path }) => gzipped(path));
    const debian = ["changelog.Debian.gz", "changelog.gz", "copyright"].map((name) =>
      `/usr/share/doc/pve-drift/${name}`
    );
    assertEquals(await filesBelow(to), [...installed, ...debian, "/usr/share/lintian/overrides/pve-drift"].sort());
    // Named here as well: what a user is told to find, whatever the layout says.
    const share = [
      "docs/DRIFT-DETECTION.md",
      "docs/fr/DRIFT-DETECTION.md",
      "docs/examples/ntfy.ts",
      "CHANGELOG.md",
    ];
    for (
      const path of [
        ...["check.service", "check.timer", "check@.timer", "look.timer"].map((unit) =>
          `lib/systemd/system/pve-drift-${unit}`
        ),
        ...share.map((path) => `share/pve-drift/${path}`),
        "share/bash-completion/completions/pve-drift",
        "share/fish/vendor_completions.d/pve-drift.fish",
        "share/zsh/vendor-completions/_pve-drift",
      ]
    ) assert((await Deno.stat(join(to, "usr", path))).size > 100, path);
    assertStringIncludes(
      await unpacked(join(to, "usr/share/man/man1/pve-drift.1.gz")),
      `pve\\-drift ${project.version}`,
    );
  });

  await test.step("the package: the release's own bundle on the Deno that is tested, in this version", async () => {
    const text = await Deno.readTextFile(join(lib, "pve-drift.js"));
    assertEquals(text === (await Deno.readTextFile(bundled)).replace(/^#!.*\n/, ""), true, "it is another bundle");
    assertEquals(await sha256(await Deno.readFile(join(lib, "deno"))), programs[0]!.sha256);
    const command = [...RUN_BUNDLE, join(lib, "pve-drift.js"), "--version"];
    assertEquals(await must(join(lib, "deno"), command, "/"), `pve-drift ${project.version}\n`);
    assertEquals((await must("dpkg-deb", ["--field", join(there, DEB), "Version"])).trim(), debianVersion());
    assertStringIncludes(await unpacked(join(doc, "changelog.gz")), `\n## [${project.version}] - `);
  });

  await test.step("the package: the license of each package in the SBOM", async () => {
    const copyright = await Deno.readTextFile(join(doc, "copyright"));
    const { components } = JSON.parse(await Deno.readTextFile(join(there, `${NAME}.cdx.json`)));
    const libraries = components.filter(({ type }: { type: string }) => type === "library");
    for (const { group, name, version } of libraries) {
      assertStringIncludes(copyright, `== ${group ? `${group}/` : ""}${name} ${version} ==`);
    }
  });
}

async function checkSource(test: Deno.TestContext, there: string, to: string, commit: string): Promise<void> {
  await Deno.mkdir(to);
  await must("tar", ["-xzf", join(there, `${NAME}.tar.gz`), "-C", to]);
  const source = join(to, NAME);

  await test.step("the source: every file of the commit but those under the AGPL", async () => {
    const committed = (await must("git", ["ls-tree", "-r", "-z", "--name-only", commit])).split("\0").filter(Boolean);
    const released = committed.filter((path) => !/^tests\/lab\/pve\/.*\.py$/.test(path));
    assert(released.length < committed.length);
    assertEquals(await filesBelow(source), released.map((path) => `/${path}`).sort());
    const agpl = await run("grep", [
      "-rlE",
      "SPDX-License-Identifier: .*AGPL",
      source,
      "--include=*.py",
      "--include=*.go",
      "--include=*.sh",
    ]);
    assertEquals([agpl.code, agpl.stdout], [1, ""]);
    assertStringIncludes(await Deno.readTextFile(join(source, "CHANGELOG.md")), `\n## [${project.version}] - `);
  });

  await test.step("the source: makes the same bundle, and shows the demo", async () => {
    await must(Deno.execPath(), ["task", "-q", "bundle", "--output", join(to, "again.js")], source);
    const same = await Deno.readTextFile(join(to, "again.js")) === await Deno.readTextFile(join(there, `${NAME}.js`));
    assertEquals(same, true, "the bytes differ");
    assertStringIncludes(await must(Deno.execPath(), ["task", "-q", "demo"], source), "prod         DRIFT");
  });
}
