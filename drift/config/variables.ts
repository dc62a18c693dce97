/**
 * Which environment variables the configuration may set for Terraform.
 *
 * @module
 */

import { isSecretVariable } from "../../lib/secret_names.ts";

const NAME = /^(?:[A-Za-z_][A-Za-z0-9_]*|TF_VAR_[A-Za-z0-9_-]+)$/;

/** Variables that would change what a plan looks at, or where, and what to use instead. */
const RESERVED: [names: RegExp, instead: string][] = [
  [
    /^TF_CLI_ARGS/,
    'use "varFiles", "backendConfig" and "workspace" of the environment, or "terraform.parallelism"',
  ],
  [/^TF_WORKSPACE$/, 'use "workspace" of the environment'],
  [/^TF_DATA_DIR$/, 'use "stateDir", below which each environment has its own'],
  [/^TF_LOG/, "Terraform's log would carry secrets in clear; set it for a run of terraform by hand"],
  [/^TF_REATTACH_PROVIDERS$/, "a provider under a debugger would be asked instead of the real one"],
];

/** Why a variable of this name must not stand in the configuration file itself, to follow the name; undefined where it may. */
export function problemOfPlainVariable(name: string): string | undefined {
  return problemOfVariable(name) ??
    (isSecretVariable(name)
      ? 'is a secret, which must not stand here: put it in the "envFile" of the environment, or set it where pve-drift is ' +
        "started (EnvironmentFile= of systemd), it is handed on"
      : undefined);
}

/** Why the configuration must not set a variable of this name, to follow the name; undefined where it may. */
export function problemOfVariable(name: string): string | undefined {
  const reserved = RESERVED.find(([names]) => names.test(name));
  if (reserved) return `must not be set here: ${reserved[1]}`;
  return NAME.test(name) ? undefined : "cannot be the name of a variable";
}
