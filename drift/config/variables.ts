/**
 * Which environment variables the configuration may set for Terraform.
 *
 * @module
 */

import { insteadOfVariable } from "../../lib/reserved_variables.ts";
import { isSecretVariable } from "../../lib/secret_names.ts";

const NAME = /^(?:[A-Za-z_][A-Za-z0-9_]*|TF_VAR_[A-Za-z0-9_-]+)$/;

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
  const instead = insteadOfVariable(name);
  if (instead !== undefined) return `must not be set here: ${instead}`;
  return NAME.test(name) ? undefined : "cannot be the name of a variable";
}
