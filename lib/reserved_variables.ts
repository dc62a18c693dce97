/**
 * Environment variables of Terraform that would change what a plan looks at, or where: neither inherited nor configured.
 *
 * @module
 */

const RESERVED: readonly (readonly [names: RegExp, instead: string])[] = [
  [
    /^TF_CLI_ARGS/,
    'use "varFiles", "backendConfig" and "workspace" of the environment, or "terraform.parallelism"',
  ],
  [/^TF_WORKSPACE$/, 'use "workspace" of the environment'],
  [/^TF_DATA_DIR$/, 'use "stateDir", below which each environment has its own'],
  [/^TF_LOG/, "Terraform's log would carry secrets in clear; set it for a run of terraform by hand"],
  [/^TF_REATTACH_PROVIDERS$/, "a provider under a debugger would be asked instead of the real one"],
];

/** What to do instead of setting a variable of this name, or why not to; undefined where it may be set. */
export function insteadOfVariable(name: string): string | undefined {
  return RESERVED.find(([names]) => names.test(name))?.[1];
}
