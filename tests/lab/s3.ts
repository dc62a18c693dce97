/**
 * A real S3 server on the loopback, as the state backend of a test: MinIO if a `minio` is on the PATH, else the
 * versitygw that `tests/lab/install` builds.
 *
 * @module
 */

import { delay } from "@std/async/delay";
import { findProgram } from "../support/programs.ts";
import { freePort } from "../support/servers.ts";

/** A running server with one bucket. Disposing of it stops it and removes what it stored. */
export interface S3Server extends AsyncDisposable {
  /** `http://127.0.0.1:PORT`. */
  endpoint: string;
  /** The bucket's name. */
  bucket: string;
  /** Absolute path of the folder in which the server keeps what it stores. */
  folder: string;
  /** The credentials, as terraform reads them from its environment. */
  env: { AWS_ACCESS_KEY_ID: string; AWS_SECRET_ACCESS_KEY: string };
  /**
   * The settings of a backend "s3" that keeps its state at `key` and locks it by a lock file: lines of HCL, for a file
   * of backend configuration.
   */
  settings(key: string, how?: S3Access): string;
  /** The same as a `terraform` block, for the code itself. */
  backend(key: string, how?: S3Access): string;
  /** What the bucket holds: keys of objects, sorted. A held lock is an object `KEY.tflock`. */
  keys(): Promise<string[]>;
}

/** How terraform accesses the server, if not by its defaults. */
export interface S3Access {
  /** Another way to the server, such as a proxy's URL. */
  endpoint?: string;
  /** How often terraform tries; its own default of 5 takes about 17 s to give up on a dead server. */
  tries?: number;
}

/** How a server is started over a folder, in which a folder is a bucket. */
interface Program {
  path: string;
  args: (address: string, folder: string) => string[];
  env: Record<string, string>;
}

const access = "pve-drift-lab";
const secret = "pve-drift-lab-secret";

/** The program that would be started; `undefined` if there is none, so that a test that needs it is skipped. */
export function s3Program(): string | undefined {
  return program()?.path;
}

function program(): Program | undefined {
  const minio = findProgram("minio");
  if (minio) {
    const env = { MINIO_ROOT_USER: access, MINIO_ROOT_PASSWORD: secret, MINIO_BROWSER: "off", MINIO_UPDATE: "off" };
    return { path: minio, args: (address, folder) => ["server", "--quiet", "--address", address, folder], env };
  }
  const versitygw = findProgram("lab/versitygw");
  if (!versitygw) return;
  const env = { ROOT_ACCESS_KEY: access, ROOT_SECRET_KEY: secret };
  return { path: versitygw, args: (address, folder) => ["--quiet", "--port", address, "posix", folder], env };
}

/**
 * Starts the server on a free port, with a bucket `state`, and waits until it answers.
 *
 * @throws {Error} when there is no program to start (see {@linkcode s3Program}), or it ends or does not answer within
 * ten seconds; the message has its last words.
 */
export async function startS3(): Promise<S3Server> {
  const server = program();
  if (!server) {
    throw new Error(
      "Cannot start an S3 server: no minio on the PATH, and versitygw is not built: run tests/lab/install",
    );
  }
  const bucket = "state";
  const dir = await Deno.makeTempDir({ prefix: "lab_s3_" });
  const folder = `${dir}/data`;
  await Deno.mkdir(`${folder}/${bucket}`, { recursive: true });

  const address = `127.0.0.1:${freePort()}`;
  const endpoint = `http://${address}`;
  const child = new Deno.Command("sh", {
    args: [
      "-c",
      // It ends when its stdin does, also where we are killed.
      'log=$1; shift; exec 3<&0; { cat <&3; kill -9 $$; } & exec "$@" </dev/null >"$log" 2>&1 3<&-',
      "sh",
      `${dir}/log`,
      server.path,
      ...server.args(address, folder),
    ],
    cwd: dir,
    env: { PATH: Deno.env.get("PATH") ?? "", HOME: dir, ...server.env },
    clearEnv: true,
    stdin: "piped",
    stdout: "null",
    stderr: "null",
  }).spawn();
  const stop = async () => {
    await child.stdin.close();
    try {
      child.kill("SIGKILL"); // nothing that it has not written yet is of use to anybody
    } catch {
      // it has ended by itself
    }
    await child.status;
    await Deno.remove(dir, { recursive: true });
  };
  try {
    await untilReady(child, endpoint);
  } catch (error) {
    const words = (await Deno.readTextFile(`${dir}/log`).catch(() => "")).trim().slice(-500);
    await stop();
    throw new Error(`Cannot start "${server.path}": ${(error as Error).message}; its last words: "${words}"`);
  }

  const settings = (key: string, how: S3Access = {}) =>
    `bucket = "${bucket}"
key    = "${key}"
region = "us-east-1"
endpoints = { s3 = "${how.endpoint ?? endpoint}" }
max_retries    = ${how.tries ?? 5}
use_path_style = true
use_lockfile   = true
skip_credentials_validation = true
skip_requesting_account_id  = true
skip_metadata_api_check     = true
skip_region_validation      = true
skip_s3_checksum            = true
`;
  return {
    endpoint,
    bucket,
    folder,
    env: { AWS_ACCESS_KEY_ID: access, AWS_SECRET_ACCESS_KEY: secret },
    settings,
    backend: (key, at) =>
      `terraform {\n  backend "s3" {\n${settings(key, at).replace(/^/gm, "    ").trimEnd()}\n  }\n}\n`,
    keys: () => keysBelow(`${folder}/${bucket}`),
    [Symbol.asyncDispose]: stop,
  };
}

async function untilReady(child: Deno.ChildProcess, endpoint: string): Promise<void> {
  let ended: number | undefined;
  child.status.then(({ code }) => ended = code);
  for (const deadline = Date.now() + 60_000; Date.now() < deadline;) {
    if (ended !== undefined) throw new Error(`it ended with code ${ended}`);
    // MinIO answers 503 while it starts.
    const status = await fetch(endpoint, { signal: AbortSignal.timeout(1000) }).then(async (answer) => {
      await answer.body?.cancel();
      return answer.status;
    }, () => undefined);
    if (status !== undefined && status < 500) return;
    await delay(20);
  }
  throw new Error(`it did not answer at ${endpoint} within a minute`);
}

/**
 * versitygw keeps an object as a file and its own half-written ones in a folder of the bucket; MinIO as a folder with
 * an `xl.meta`.
 */
async function keysBelow(folder: string, prefix = ""): Promise<string[]> {
  const keys: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(`${folder}/${prefix}`)) {
    if (name === ".sgwtmp") continue;
    if (isDirectory) keys.push(...await keysBelow(folder, `${prefix}${name}/`));
    else keys.push(name === "xl.meta" ? prefix.slice(0, -1) : prefix + name);
  }
  return keys.sort();
}
