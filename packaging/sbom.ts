/**
 * The software bill of materials of a release, as CycloneDX 1.6, from deno.lock and the bundle.
 *
 * @module
 */

import { join } from "node:path";
import { DENO_PROGRAMS, DENO_VERSION } from "./deno_program.ts";
import { packagesIn } from "./licenses.ts";
import { ROOT, sha256, TaskError, VERSION } from "./task.ts";

interface Lock {
  npm: Record<string, { integrity: string; dependencies?: string[] }>;
}

/**
 * Writes the document as JSON text, the same for the same bundle, lock file and date.
 *
 * @param bundled Text of the bundle.
 * @param date Unix seconds.
 * @throws {TaskError} if the bundle holds a package that deno.lock does not list
 */
export async function sbom(bundled: string, date: number): Promise<string> {
  const { npm } = JSON.parse(await Deno.readTextFile(join(ROOT, "deno.lock"))) as Lock;
  const packages = packagesIn(bundled);
  const refs = new Map(packages.map(({ name, version }) => [name, purl(name, version)]));
  const components = await Promise.all(packages.map(async ({ name, version, folder }) => {
    const locked = npm[lockKey(npm, name, version)]!;
    const { license } = JSON.parse(await Deno.readTextFile(join(folder, "package.json"))) as { license: string };
    return {
      ref: purl(name, version),
      dependencies: (locked.dependencies ?? []).map((one) => one.replace(/(?<=.)@.*$/, "")),
      component: {
        "type": "library",
        "bom-ref": purl(name, version),
        ...scoped(name),
        version,
        "scope": "required",
        "hashes": [{
          alg: "SHA-512",
          content: Uint8Array.fromBase64(locked.integrity.slice("sha512-".length)).toHex(),
        }],
        "licenses": [{ license: { id: license } }],
        "purl": purl(name, version),
      },
    };
  }));
  const runtimes = DENO_PROGRAMS.map(({ npm, sha256 }) => ({
    "type": "application",
    "bom-ref": purl(npm, DENO_VERSION),
    ...scoped(npm),
    "version": DENO_VERSION,
    "description": "The Deno runtime, in the Debian packages alone; the checksum is that of the program",
    "scope": "optional",
    "hashes": [{ alg: "SHA-256", content: sha256 }],
    "licenses": [{ license: { id: "MIT" } }],
    "purl": purl(npm, DENO_VERSION),
  }));
  const own = `pve-drift@${VERSION}`;
  const body = {
    "metadata": {
      timestamp: new Date(date * 1000).toISOString().replace(".000", ""),
      component: {
        "type": "application",
        "bom-ref": own,
        "name": "pve-drift",
        "version": VERSION,
        "licenses": [{ license: { id: "MIT" } }],
        "hashes": [{ alg: "SHA-256", content: await sha256(new TextEncoder().encode(bundled)) }],
      },
    },
    "components": [...components.map(({ component }) => component), ...runtimes],
    "dependencies": [
      { ref: own, dependsOn: components.map(({ ref }) => ref) },
      // Only packages that the bundle really holds: grammy's node-fetch, for one, is not in it.
      ...components.map(({ ref, dependencies }) => ({
        ref,
        dependsOn: dependencies.map((name) => refs.get(name)).filter((one) => one !== undefined).sort(),
      })),
    ],
  };
  const digest = await sha256(new TextEncoder().encode(JSON.stringify(body)));
  return `${
    JSON.stringify(
      { bomFormat: "CycloneDX", specVersion: "1.6", serialNumber: `urn:uuid:${uuid(digest)}`, version: 1, ...body },
      null,
      2,
    )
  }\n`;
}

/** The key of a package in the lock file, where the names of its peers follow its own. */
function lockKey(npm: Lock["npm"], name: string, version: string): string {
  const key = Object.keys(npm).find((key) => key === `${name}@${version}` || key.startsWith(`${name}@${version}_`));
  if (!key) throw new TaskError(`Cannot list "${name}" ${version}: deno.lock does not know it. Run "deno install"`);
  return key;
}

/** The package URL of a package; its specification writes the @ of a scope as %40. */
function purl(name: string, version: string): string {
  return `pkg:npm/${name.replace("@", "%40")}@${version}`;
}

function scoped(name: string): { group?: string; name: string } {
  const [, group, rest] = /^(@[^/]+)\/(.+)$/.exec(name) ?? [];
  return group ? { group, name: rest! } : { name };
}

/** Makes a UUID of version 8 (RFC 9562: vendor-specific) from a digest. */
function uuid(hex: string): string {
  const digits = `${hex.slice(0, 12)}8${hex.slice(13, 16)}8${hex.slice(17, 32)}`;
  return [[0, 8], [8, 12], [12, 16], [16, 20], [20, 32]].map(([from, to]) => digits.slice(from, to)).join("-");
}
