import { assert, assertEquals, assertMatch, assertRejects, assertThrows } from "@std/assert";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { bundle } from "../../packaging/bundle.ts";
import { DENO_PROGRAMS, DENO_VERSION, denoProgram } from "../../packaging/deno_program.ts";
import { packagesIn } from "../../packaging/licenses.ts";
import { checkChangelog } from "../../packaging/release.ts";
import { sbom } from "../../packaging/sbom.ts";
import { sourceDate } from "../../packaging/source_date.ts";
import { need, options, ROOT, sha256, TaskError } from "../../packaging/task.ts";
import { run, testWith } from "../support/programs.ts";

const folder = await Deno.makeTempDir({ prefix: "release-test-" });
addEventListener("unload", () => Deno.removeSync(folder, { recursive: true }));
await bundle(join(folder, "pve-drift.js"));
const BUNDLED = await Deno.readTextFile(join(folder, "pve-drift.js"));

Deno.test("checkChangelog() wants the version as the newest dated section, with text, and nothing unreleased", () => {
  const text =
    "# Changelog\n\n## [1.2.0] - 2026-11-24\n\n### Added\n\n- A thing\n\n## [1.1.0] - 2026-10-01\n\n- Another\n";
  checkChangelog(text, "1.2.0");
  checkChangelog(text.replace("## [1.2.0]", "## [Unreleased]\n\n## [1.2.0]"), "1.2.0");
  const refused = (text: string, version: string, why: string) => {
    assertThrows(() => checkChangelog(text, version), TaskError, why);
  };
  refused(text, "1.3.0", 'must be "[1.3.0] - YYYY-MM-DD", is "[1.2.0] - 2026-11-24"');
  refused(text, "1.1.0", 'is "[1.2.0] - 2026-11-24"');
  refused(text.replace(" - 2026-11-24", ""), "1.2.0", 'is "[1.2.0]"');
  refused(text.replace("2026-11-24", "2026-13-24"), "1.2.0", "YYYY-MM-DD");
  refused(text.replace("- A thing", ""), "1.2.0", "its section in CHANGELOG.md is empty");
  refused(text.replace("[1.2.0] - 2026-11-24", "[Unreleased]"), "1.1.0", 'changes under "Unreleased"');
  refused("# Changelog\n", "1.2.0", 'is "missing"');
});

Deno.test("sbom() lists what the bundle holds, with the checksums of deno.lock, the same each time", async () => {
  const text = await sbom(BUNDLED, 1_700_000_000);
  assertEquals(await sbom(BUNDLED, 1_700_000_000), text);
  const bom = JSON.parse(text);
  assertEquals([bom.bomFormat, bom.specVersion, bom.metadata.timestamp], ["CycloneDX", "1.6", "2023-11-14T22:13:20Z"]);
  assertMatch(bom.serialNumber, /^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$/);
  const libraries = bom.components.filter(({ type }: { type: string }) => type === "library");
  assertEquals(
    libraries.map(({ group, name, version }: Component) => `${group ? `${group}/` : ""}${name}@${version}`),
    packagesIn(BUNDLED).map(({ name, version }) => `${name}@${version}`),
  );
  const lock = await Deno.readTextFile(join(ROOT, "deno.lock"));
  const { npm } = JSON.parse(lock) as { npm: Record<string, { integrity: string }> };
  for (const { group, name, version, hashes, purl } of libraries as Component[]) {
    const full = group ? `${group}/${name}` : name;
    const [{ content }] = hashes;
    assertEquals(`sha512-${Uint8Array.fromHex(content).toBase64()}`, npm[`${full}@${version}`]!.integrity, full);
    assertEquals(purl, `pkg:npm/${full.replace("@", "%40")}@${version}`);
  }
  const refs = bom.components.map((one: Record<string, string>) => one["bom-ref"]);
  const width = bom.dependencies.find(({ ref }: { ref: string }) => ref.startsWith("pkg:npm/string-width@"));
  assertEquals(width.dependsOn.map((one: string) => one.replace(/@[\d.]+$/, "")), [
    "pkg:npm/get-east-asian-width",
    "pkg:npm/strip-ansi",
  ]);
  for (const { dependsOn } of bom.dependencies) for (const one of dependsOn) assert(refs.includes(one), one);
  await assertRejects(
    () => sbom("// node_modules/.deno/nobody@1.0.0/node_modules/nobody/x.js\n", 0),
    TaskError,
    'Cannot list "nobody" 1.0.0: deno.lock does not know it',
  );
});

interface Component {
  group?: string;
  name: string;
  version: string;
  hashes: [{ content: string }];
  purl: string;
}

Deno.test("denoProgram() is the Deno that everything is tested with, by its checksum", async () => {
  assertEquals(DENO_VERSION, Deno.version.deno);
  const running = await sha256(await Deno.readFile(Deno.execPath()));
  const own = DENO_PROGRAMS.find(({ arch }) => arch === Deno.build.arch)!;
  // The one of deno.com is another build of the same version.
  if (running === own.sha256) assertEquals(await denoProgram(own), Deno.execPath());
  assertEquals(new Set(DENO_PROGRAMS.map(({ sha256 }) => sha256)).size, DENO_PROGRAMS.length);
});

testWith(["git"], "sourceDate() takes SOURCE_DATE_EPOCH, or the last commit's time", async () => {
  assertEquals(await sourceDate("1700000000"), 1_700_000_000);
  await assertRejects(() => sourceDate("yesterday"), TaskError, 'must be Unix seconds, got "yesterday"');
  const last = await sourceDate("");
  assert(last > 1_700_000_000 && last < Date.now() / 1000 + 86_400, String(last));
}, existsSync(join(ROOT, ".git")) ? undefined : "this is no git checkout");

Deno.test("need() names every missing program, and what Debian has it in", async () => {
  await need({ sh: "dash" });
  const error = await assertRejects(
    () => need({ sh: "dash", no_such: "one", nor_this: "two", nor_that: "two" }),
    TaskError,
  );
  assertEquals(
    error.message,
    'Cannot go on without "no_such", "nor_this", "nor_that": on Debian, run "apt-get install one two"',
  );
});

Deno.test("deno task package looks for what it needs before it begins", async () => {
  const args = ["run", "-q", "-A", "--cached-only", join(ROOT, "packaging/debian_package.ts")];
  const { code, stdout, stderr } = await run(Deno.execPath(), args, { env: { PATH: folder } });
  assertEquals([code, stdout], [1, ""]);
  assertMatch(stderr, /^Cannot go on without "dpkg-deb", .*: on Debian, run "apt-get install dpkg gzip /);
});

Deno.test("options() takes what is known and names what is not", () => {
  const known = { "prefix": "value", "dry-run": "flag" } as const;
  assertEquals(options(["--prefix", "/usr", "--dry-run"], known), { "prefix": "/usr", "dry-run": "" });
  assertEquals(options(["--prefix=/a=b"], known), { prefix: "/a=b" });
  for (
    const [args, why] of [
      [["--prefx=/usr"], 'Unknown argument "--prefx=/usr": known are --prefix VALUE, --dry-run'],
      [["prefix"], 'Unknown argument "prefix"'],
      [["--toString"], 'Unknown argument "--toString"'],
      [["--prefix"], 'Option "--prefix" needs a value'],
      [["--prefix="], 'Option "--prefix" needs a value'],
      [["--dry-run=no"], 'Option "--dry-run" takes no value, got "no"'],
    ] as const
  ) assertThrows(() => options([...args], known), TaskError, why);
});
