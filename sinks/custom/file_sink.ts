/**
 * `file:` sinks: a module of the user's, in a child of our own program that holds only the permissions its entry grants.
 *
 * @module
 */

import { dirname } from "node:path";
import { pathToFileURL } from "node:url";
import { cleanEnv, startChild } from "./child.ts";
import { childArgs, grantsOf, type Program } from "./child_args.ts";
import type { Opened } from "./child_protocol.ts";
import { Peer } from "./peer.ts";
import type { Sink, SinkLog } from "../sink.ts";
import { plainNotice } from "../text/plain_notice.ts";

export { SinkContractError } from "./contract_error.ts";

/** What a `file:` sink is made of. */
export interface FileSettings {
  /** Absolute path of the module. */
  path: string;
  /** Handed on as they are. */
  options: Record<string, unknown>;
  /** Permissions, as `net=HOST`. */
  allow: readonly string[];
  /** Names of variables that it may read; as `env=NAME` in `allow`. */
  env: readonly string[];
  /** What relative paths in `allow` start at. */
  base: string;
  /** Our own environment. */
  ownEnv: Record<string, string>;
  /** The sink's place to keep what it must, and its working directory. */
  stateDir: string;
  /** Absolute paths that it may not read, though they lie in its own folder, but where `allow` grants them. */
  withheld: readonly string[];
  /** Absolute paths that it must not read whatever its entry grants. */
  forbidden: readonly string[];
  /** Nothing is written or sent, and a module that does not declare `dryRun` is not created. */
  dryRun: boolean;
  /** For what the sink says. */
  log: SinkLog;
  /** Our own program. */
  program: Program;
  /** How long the module may take to load and to be created, in milliseconds. */
  openMs: number;
}

/** What Deno itself needs to find its cache and to reach the network; a sink cannot read them without permission. */
const DENO_ENV = [
  ...["DENO_DIR", "XDG_CACHE_HOME", "DENO_CERT", "DENO_TLS_CA_STORE", "SSL_CERT_FILE"],
  ...["HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy"],
];

/**
 * Starts the child, loads the module in it, has the options checked and the sink created.
 *
 * @throws {SinkContractError} where the file is no sink or its options are wrong
 * @throws {Error} where it fails in whatever other way; nothing of it is left then
 */
export async function openFileSink(settings: FileSettings): Promise<Sink> {
  const { path, options, env, base, ownEnv, stateDir, withheld, forbidden, dryRun, log, program } = settings;
  const grants = grantsOf(settings.allow, base);
  const names = [...env, ...grants.env];
  // The module may be a symbolic link: it imports from beside the link, and Deno asks for where the file really is.
  const folders = [dirname(path), dirname(await Deno.realPath(path))];
  const hasState = await Deno.stat(stateDir).then(({ isDirectory }) => isDirectory, () => false);
  const args = childArgs(program, { ...grants, env: names }, { folders, stateDir, withheld, forbidden, dryRun });
  const peer = new Peer(log, (onAnswer) =>
    startChild(program.execPath, args, {
      cwd: hasState ? stateDir : dirname(path),
      env: { ...cleanEnv(ownEnv, [...DENO_ENV, ...names]), NO_COLOR: "1", DENO_NO_UPDATE_CHECK: "1" },
      onAnswer,
    }));
  let opened: Opened;
  try {
    const order = { do: "open", module: pathToFileURL(path).href, options, dryRun, stateDir } as const;
    opened = (await peer.askWithin(settings.openMs, "load", order)).opened!;
    if (opened.skipped) await peer.close();
  } catch (error) {
    await peer.end();
    throw error;
  }
  if (opened.skipped) {
    return { deliver: () => log.info(`"${path}" is not started in a dry run: it does not declare "dryRun"`) };
  }
  return {
    deliver: async (report, signal) =>
      void await peer.ask({ do: "deliver", report, text: plainNotice(report) }, signal),
    ...(opened.settled && {
      settled: async (outcomes, report, signal) => void await peer.ask({ do: "settled", outcomes, report }, signal),
    } satisfies Partial<Sink>),
    ...(opened.probe && {
      probe: async (signal) => (await peer.ask({ do: "probe" }, signal)).probed!,
    } satisfies Partial<Sink>),
    close: () => peer.close(),
    ...(opened.looks ? { looks: true } : {}),
  };
}
