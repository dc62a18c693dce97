/**
 * The secrets among the environment variables that Terraform and its providers are given.
 *
 * @module
 */

import { isSecretVariable } from "../../lib/secret_names.ts";
import type { Secrets } from "../../lib/secrets.ts";

const QUOTED = /"(?:[^"\\]|\\.)*"(?=(\s*[:="{])?)/g;

/**
 * Teaches `secrets` the values of the variables whose names look like credentials (`isSecretVariable`). Where a value holds quoted ones, as a
 * list in `TF_VAR_passwords` does, each of them counts by itself too. From any other variable it takes the credentials of
 * URLs, as a proxy's.
 */
export function learnEnvironment(env: Record<string, string>, secrets: Secrets): void {
  for (const [name, value] of Object.entries(env)) {
    if (isSecretVariable(name)) secrets.add([value, ...quotedIn(value)]);
    else secrets.addUrl(value);
  }
}

function quotedIn(value: string): string[] {
  // What a colon, an equals sign or a brace follows is a key or a block's label.
  return [...value.matchAll(QUOTED)].filter(([, label]) => label === undefined).map(([quoted]) => {
    try {
      return JSON.parse(quoted);
    } catch {
      return quoted.slice(1, -1);
    }
  });
}
