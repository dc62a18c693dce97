/**
 * `deno task package` builds a Debian package with the bundle, Deno, the units and the default configuration. dpkg-deb
 * alone builds it, and the same source gives the same bytes.
 *
 * @module
 */

import { join } from "node:path";
import { bundle } from "./bundle.ts";
import { DENO_PROGRAMS, denoProgram } from "./deno_program.ts";
import { layout } from "./layout.ts";
import { licenses, packagesIn } from "./licenses.ts";
import { place } from "./place.ts";
import { sourceDate } from "./source_date.ts";
import { DIST, must, need, options, ROOT, say, step, task, TaskError, VERSION } from "./task.ts";

/** The parts of a package. */
export interface Parts {
  /** Text of the bundle. */
  bundled: string;
  /** Path of the Deno in the package. */
  deno: string;
  /** Debian's name of the machine. */
  architecture: string;
  /** Debian version, without the revision. */
  version: string;
  /** Modification time of every file, in Unix seconds. */
  date: number;
  /** How `dpkg-deb` compresses. */
  compression: Compression;
}

/** `zstd` takes seconds; `xz` takes minutes for a file a quarter smaller. */
export type Compression = "zstd" | "xz";

/** What {@linkcode debianPackage} starts, as {@linkcode need} takes it. */
export const NEEDED: Record<string, string> = {
  "dpkg-deb": "dpkg",
  "gzip": "gzip",
  "find": "findutils",
  "md5sum": "coreutils",
};

/** The package's maintainer; there is no mailing list. */
const MAINTAINER = "pve-drift contributors <contributors@pve-drift.example>";

/** Converts the version of deno.json to Debian's form, in which a pre-release is older than its release. */
export function debianVersion(version: string = VERSION): string {
  return `${version.replace("-", "~")}-1`;
}

/** Builds the package in `folder` and returns its path. */
export async function debianPackage(parts: Parts, folder: string): Promise<string> {
  const stage = await Deno.makeTempDir({ prefix: "pve-drift-package-" });
  try {
    await fill(stage, parts);
    const to = join(folder, `pve-drift_${parts.version}_${parts.architecture}.deb`);
    await Deno.mkdir(folder, { recursive: true });
    // One thread, because the number of threads changes the bytes.
    const how = ["--root-owner-group", `-Z${parts.compression}`, "--threads-max=1"];
    await must("dpkg-deb", [...how, "--build", stage, to], { env: { SOURCE_DATE_EPOCH: `${parts.date}` } });
    return to;
  } finally {
    await Deno.remove(stage, { recursive: true });
  }
}

async function fill(stage: string, parts: Parts): Promise<void> {
  await Deno.chmod(stage, 0o755);
  const put = (path: string, content: string | { from: string }, mode = 0o644) =>
    place({ path, content, mode }, stage, true);
  const items = await layout("/usr", parts.bundled, parts.deno);
  for (const { path, content, mode } of items) await put(path, content, mode);
  const doc = "/usr/share/doc/pve-drift";
  await put(`${doc}/changelog.gz`, { from: join(ROOT, "CHANGELOG.md") });
  await put(`${doc}/changelog.Debian.gz`, debianChangelog(parts));
  await put(`${doc}/copyright`, await copyright(parts.bundled));
  const inDebian = (name: string) => ({ from: join(ROOT, "packaging/debian", name) });
  await put("/usr/share/lintian/overrides/pve-drift", inDebian("lintian-overrides"));
  const packed = items.map(({ path }) => path).filter((path) => path.startsWith("/usr/share/man/"));
  for (const path of [...packed, `${doc}/changelog.gz`, `${doc}/changelog.Debian.gz`]) await pack(join(stage, path));

  const files = await filesBelow(stage);
  const config = items.filter(({ isConfig }) => isConfig).map(({ path }) => path);
  const sums = await must("md5sum", ["--", ...files.filter((path) => !config.includes(`/${path}`))], { cwd: stage });
  const sizes = await Promise.all(
    files.map(async (path) => Math.ceil((await Deno.stat(join(stage, path))).size / 1024)),
  );
  await put("/DEBIAN/control", control(parts, sizes.reduce((one, other) => one + other, 0)));
  await put("/DEBIAN/conffiles", config.map((path) => `${path}\n`).join(""));
  await put("/DEBIAN/md5sums", sums);
  for (const name of ["postinst", "prerm", "postrm"]) await put(`/DEBIAN/${name}`, inDebian(name), 0o755);
  await must("find", [stage, "-exec", "touch", "-h", "-d", `@${parts.date}`, "{}", "+"]);
}

function control({ architecture, version }: Parts, kibibytes: number): string {
  return `Package: pve-drift
Version: ${version}
Architecture: ${architecture}
Maintainer: ${MAINTAINER}
Installed-Size: ${kibibytes}
Depends: libc6 (>= 2.27), libgcc-s1 (>= 3.3), passwd, systemd (>= 252)
Recommends: default-dbus-system-bus | dbus-system-bus
Suggests: prometheus-node-exporter, default-mta | mail-transport-agent
Section: admin
Priority: optional
Description: Terraform drift check for Proxmox VE
 Compares Terraform or OpenTofu environments with what really runs on Proxmox
 VE, and says of each difference what was changed, from what to what, and on
 which side: by hand, in the code, or both. It never applies anything, and a
 check that could not be completed never looks like a clean one.
 .
 Reports go to the journal, log files, Prometheus, Telegram, and sinks of your
 own. Nothing is enabled by the installation: "pve-drift setup" leads from
 there to the first check and the first message.
 .
 Terraform or OpenTofu, 1.8 or newer, is needed and in no Debian archive:
 "pve-drift doctor" says whether it is found. Deno comes along, since no
 archive has it either.
`;
}

function debianChangelog({ version, date }: Parts): string {
  const when = new Date(date * 1000).toUTCString().replace("GMT", "+0000");
  return `pve-drift (${version}) unstable; urgency=medium

  * The release of that number: see changelog.gz.

 -- ${MAINTAINER}  ${when}
`;
}

/** A whole Apache license, with its appendix; the part of another package may follow. */
const APACHE = /^ *Apache License\n +Version 2\.0, January 2004\n[^]*?limitations under the License\.$/gm;

/** Debian has the text of that license on every machine, and wants to be referred to it. */
const APACHE_IN_DEBIAN = `Licensed under the Apache License, Version 2.0, whose text is in
/usr/share/common-licenses/Apache-2.0.`;

async function copyright(bundled: string): Promise<string> {
  const own = await Deno.readTextFile(join(ROOT, "LICENSE"));
  const others = await licenses(packagesIn(await Deno.readTextFile(bundled)));
  return `pve-drift, under this license:

${own.trim()}

The bundle /usr/lib/pve-drift/pve-drift.js holds these packages from npm, as they are published there:

${others.replaceAll(APACHE, APACHE_IN_DEBIAN)}

/usr/lib/pve-drift/deno is the Deno runtime, as npm has it (https://github.com/denoland/deno), under the MIT license:
Copyright 2018-2026 the Deno authors. It holds V8 and other libraries under licenses of their own; its repository names
them.
`;
}

/** Compresses a file in place, as much as possible and without its time. */
async function pack(path: string): Promise<void> {
  const plain = path.replace(/\.gz$/, "");
  if (plain !== path) await Deno.rename(path, plain);
  await must("gzip", ["-9n", plain]);
}

/** Paths of all files below a folder, sorted, without a slash in front. */
async function filesBelow(stage: string): Promise<string[]> {
  return (await must("find", [".", "-type", "f", "-printf", "%P\\n"], { cwd: stage })).trim().split("\n").sort();
}

async function main(args: string[]): Promise<void> {
  const given = options(args, { arch: "value", compression: "value", output: "value" });
  const { arch = Deno.build.arch, output = DIST, compression = "zstd" } = given;
  const programs = DENO_PROGRAMS.filter((one) => arch === "all" || [one.arch, one.debian].includes(arch));
  if (programs.length === 0) {
    throw new TaskError(
      `Unknown machine "${arch}": known are ${DENO_PROGRAMS.map(({ debian }) => debian).join(", ")} and all`,
    );
  }
  if (compression !== "xz" && compression !== "zstd") {
    throw new TaskError(`Unknown compression "${compression}": known are zstd, xz`);
  }
  await need(NEEDED);
  const date = await sourceDate();
  const folder = await Deno.makeTempDir({ prefix: "pve-drift-package-" });
  try {
    const bundled = join(folder, "pve-drift.js");
    await step("Bundling the program …");
    await bundle(bundled);
    for (const program of programs) {
      const { debian: architecture } = program;
      const deno = await denoProgram(program);
      const rest = { version: debianVersion(), date, compression } as const;
      await step(`Packing it with Deno for ${architecture}, with ${compression} …`);
      const deb = await debianPackage({ bundled, deno, architecture, ...rest }, output);
      say(deb);
      await step(`Install it as root, here or where you copy it: apt install ${deb}, then pve-drift setup`);
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

if (import.meta.main) await task(main);
