/**
 * Where `setup` writes.
 *
 * @module
 */

import { dirname, join, resolve } from "node:path";
import { CONFIG_NAME, userConfigDir } from "../config/file.ts";
import { SYSTEM } from "../config/load.ts";
import { UsageError } from "../usage_error.ts";
import type { World } from "../world.ts";
import { SERVICE_USER } from "./setup_machine.ts";

/** Absolute paths of the files of a setup. */
export interface SetupPlaces {
  /** It is the service that is set up, and not somebody's own checks. */
  isService: boolean;
  /** The configuration. */
  config: string;
  /** The bot's token. */
  token: string;
  /** The token of the second witness. */
  witnessToken: string;
  /** The copy of the authority that vouches for Proxmox. */
  ca: string;
  /** Logins of providers and backends, which systemd hands to the service. */
  login: string;
}

/** Where the shipped units look for their files. */
export const SERVICE = {
  config: join(SYSTEM.config, CONFIG_NAME),
  token: "/etc/credstore/pve-drift.telegram-token",
  witnessToken: "/etc/credstore/pve-drift.proxmox-token",
  ca: join(SYSTEM.config, "pve-root-ca.pem"),
  login: join(SYSTEM.config, "terraform.env"),
};

/**
 * Root sets up the service, unless another configuration is named. Anybody else sets up checks of their own.
 *
 * @param asked Path of the configuration, as given.
 * @param service Only tests have other places than those of the shipped units.
 */
export function setupPlaces(
  asked: string | undefined,
  { uid, cwd, env }: Pick<World, "uid" | "cwd" | "env">,
  service: Omit<SetupPlaces, "isService"> = SERVICE,
): SetupPlaces {
  if (env.USER === SERVICE_USER && uid !== 0) {
    throw new UsageError(
      'User "pve-drift" may not write where setup has to: as root, name the command first, as "pve-drift setup --yes"',
    );
  }
  const named = asked === undefined ? undefined : resolve(cwd, asked);
  if (uid === 0 && (named === undefined || named === service.config)) return { isService: true, ...service };
  const own = userConfigDir(env);
  const config = named ?? (own === undefined ? undefined : join(own, CONFIG_NAME));
  if (config === undefined) {
    throw new UsageError("Cannot tell where to write: name a file with --config FILE, or set HOME");
  }
  const beside = (name: string) => join(dirname(config), name);
  return {
    isService: false,
    config,
    token: beside("telegram-token"),
    witnessToken: beside("proxmox-token"),
    ca: beside("pve-root-ca.pem"),
    login: service.login,
  };
}
