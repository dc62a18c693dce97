/**
 * `deno task release` builds a release in `dist/release/`: packages, bundle, source, SBOM and SHA256SUMS. The same
 * commit gives the same bytes.
 *
 * @module
 */

import { basename, dirname, join, resolve } from "node:path";
import { bundle } from "./bundle.ts";
import { type Compression, debianPackage, debianVersion, NEEDED } from "./debian_package.ts";
import { DENO_PROGRAMS, type DenoProgram, denoProgram } from "./deno_program.ts";
import { place } from "./place.ts";
import { sbom } from "./sbom.ts";
import { sourceDate } from "./source_date.ts";
import { DIST, must, need, options, ROOT, say, sha256, step, task, TaskError, VERSION } from "./task.ts";

/**
 * Checks that the newest section of CHANGELOG.md is this version, dated and not empty, and that nothing is unreleased.
 *
 * @throws {TaskError} if not; it says what to write
 */
export function checkChangelog(text: string, version: string): void {
  const [, ...sections] = text.split(/^## /m);
  const filled = sections.map((section) => {
    const [heading, ...lines] = section.split("\n");
    return { heading: heading!.trim(), hasText: lines.some((line) => /^\s*[-*] \S/.test(line)) };
  });
  const [newest, ...older] = filled;
  const released = newest?.heading === "[Unreleased]" ? older[0] : newest;
  if (newest?.heading === "[Unreleased]" && newest.hasText) {
    throw new TaskError(
      `Cannot release ${version}: CHANGELOG.md has changes under "Unreleased". Give them the heading "[${version}] - YYYY-MM-DD"`,
    );
  }
  const [, number, date] = /^\[(.+?)\] - (\d{4}-\d\d-\d\d)$/.exec(released?.heading ?? "") ?? [];
  if (number !== version || Number.isNaN(Date.parse(date ?? ""))) {
    throw new TaskError(
      `Cannot release ${version}: the newest section of CHANGELOG.md must be "[${version}] - YYYY-MM-DD", is ` +
        `"${released?.heading ?? "missing"}". The version is that of deno.json`,
    );
  }
  if (!released!.hasText) throw new TaskError(`Cannot release ${version}: its section in CHANGELOG.md is empty`);
}

/** The inputs of a release. */
export interface Release {
  /** Time of everything in the release, in Unix seconds. */
  date: number;
  /** The builds of Deno that get a package. */
  programs: readonly DenoProgram[];
  /** See {@linkcode debianPackage}. */
  compression: Compression;
  /** The commit of the source archive. */
  commit: string;
}

/** Builds the release in an empty folder and returns the names of its files. */
export async function release({ date, programs, compression, commit }: Release, folder: string): Promise<string[]> {
  const bundled = join(folder, `pve-drift-${VERSION}.js`);
  await bundle(bundled);
  const version = debianVersion();
  await Promise.all(programs.map(async (program) => {
    const deno = await denoProgram(program);
    await debianPackage({ bundled, deno, architecture: program.debian, version, date, compression }, folder);
  }));
  const name = `pve-drift-${VERSION}`;
  await sourceArchive(commit, name, join(folder, `${name}.tar.gz`));
  const bom = await sbom(await Deno.readTextFile(bundled), date);
  await place({ path: `/${name}.cdx.json`, mode: 0o644, content: bom }, folder, true);
  const names = (await Array.fromAsync(Deno.readDir(folder), ({ name }) => name)).sort();
  const sums = await Promise.all(
    names.map(async (name) => `${await sha256(await Deno.readFile(join(folder, name)))}  ${name}\n`),
  );
  await place({ path: "/SHA256SUMS", mode: 0o644, content: sums.join("") }, folder, true);
  return [...names, "SHA256SUMS"];
}

/**
 * Archives the files of a commit. They carry its time, so git writes the same tar for the same commit; gzip leaves out
 * its own time.
 */
async function sourceArchive(commit: string, name: string, to: string): Promise<void> {
  const plain = to.replace(/\.gz$/, "");
  const args = ["archive", "--format=tar", `--prefix=${name}/`, `--output=${plain}`, commit];
  await must("git", ["-c", "tar.umask=0022", ...args]);
  await must("gzip", ["-9n", plain]);
}

async function main(args: string[]): Promise<void> {
  const given = options(args, { output: "value" });
  const output = resolve(given.output ?? join(DIST, "release"));
  checkChangelog(await Deno.readTextFile(join(ROOT, "CHANGELOG.md")), VERSION);
  await need({ ...NEEDED, git: "git" });
  const changed = (await must("git", ["status", "--porcelain"])).trim();
  if (changed) throw new TaskError(`Cannot release ${VERSION}: commit or set aside first:\n${changed}`);
  const there = await Array.fromAsync(Deno.readDir(output)).catch(() => []);
  if (there.length > 0) throw new TaskError(`Cannot release into "${output}": it is not empty. Remove what is there`);
  const how = { date: await sourceDate(), programs: DENO_PROGRAMS, compression: "xz", commit: "HEAD" } as const;
  await step("Building the release; the packages take a minute or two, because xz packs them …");
  await Deno.mkdir(dirname(output), { recursive: true });
  // It gets its name when it is whole, so that nothing half built is taken for a release.
  const folder = await Deno.makeTempDir({ dir: dirname(output), prefix: `${basename(output)}.` });
  try {
    const names = await release(how, folder);
    await Deno.chmod(folder, 0o755);
    await Deno.rename(folder, output);
    for (const name of names) say(join(output, name));
  } catch (error) {
    await Deno.remove(folder, { recursive: true });
    throw error;
  }
}

if (import.meta.main) await task(main);
