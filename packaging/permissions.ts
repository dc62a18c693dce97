/**
 * The permission set `drift` of deno.json as flags, for every way of running that has no deno.json beside it.
 *
 * @module
 */

import project from "../deno.json" with { type: "json" };

/** What the program may do, as flags of `deno run` and `deno compile`; what the set denies is denied. */
export const PERMISSIONS: readonly string[] = Object.entries(project.permissions.drift).map(([kind, value]) =>
  `--${value ? "allow" : "deny"}-${kind}`
);

/** `deno run` before the bundle's path: no configuration, no question, nothing from the network but what sinks and Terraform do. */
export const RUN_BUNDLE: readonly string[] = [
  ...["run", "-q", "--no-config", "--no-prompt", "--cached-only"],
  ...PERMISSIONS,
];
