/**
 * What sinks get from the program.
 *
 * @module
 */

import { join, resolve } from "node:path";
import type { SinkHost } from "../../sinks/load.ts";
import type { Config } from "../config/config.ts";
import type { World } from "../world.ts";

/** The part of the configuration that matters to sinks. */
export type SinkConfig = Pick<Config, "stateDir" | "secretFiles" | "envFiles" | "sinks" | "values">;

/** The surroundings of the sinks of a run. */
export function sinkHost(config: SinkConfig, world: World, dryRun: boolean): Omit<SinkHost, "openMs"> {
  const { env } = world;
  const pageUrl = pageUrlOf(config.sinks);
  const state = env.XDG_STATE_HOME || (env.HOME ? join(env.HOME, ".local/state") : undefined);
  return {
    stateDir: config.stateDir,
    dryRun,
    log: (name) => world.log.under(name),
    uid: world.uid,
    env,
    secretFiles: secretFiles(config, env),
    forbiddenFiles: config.envFiles,
    view: world.view,
    write: world.print,
    ...(state ? { logFallbackDir: join(state, "pve-drift") } : {}),
    hidesValues: config.values === "hide",
    ...(pageUrl === undefined ? {} : { pageUrl }),
    program: world.program,
  };
}

/** Where a browser finds the page of the html sink, as its entry says. */
function pageUrlOf(sinks: SinkConfig["sinks"]): string | undefined {
  const urls = sinks.map(({ use, options }) =>
    use.kind === "built-in" && use.name === "html" ? options.url : undefined
  );
  return urls.find((url) => typeof url === "string");
}

/** Where secrets may lie that are other parts' business: values, backends and the options of other sinks. */
function secretFiles({ secretFiles, sinks }: SinkConfig, env: Record<string, string>): string[] {
  const named = sinks.flatMap(({ options, dir }) =>
    Object.entries(options).flatMap(([name, value]) => {
      const isSecret = /(?:token|secret|password|key|url)File$/i.test(name) && typeof value === "string";
      return isSecret ? [resolve(dir, value)] : [];
    })
  );
  return [...named, ...secretFiles, env.CREDENTIALS_DIRECTORY ?? ""].filter((path) => path.startsWith("/"));
}
