/**
 * The permission set `drift` of deno.json as flags, for running without deno.json.
 *
 * @module
 */

import project from "../deno.json" with { type: "json" };

/** The permissions as flags of `deno run` and `deno compile`, denials included. */
export const PERMISSIONS: readonly string[] = Object.entries(project.permissions.drift).map(([kind, value]) =>
  `--${value ? "allow" : "deny"}-${kind}`
);

/** Arguments of Deno before the bundle's path: no configuration, no prompts, no code from the network. */
export const RUN_BUNDLE: readonly string[] = [
  ...["run", "-q", "--no-config", "--no-prompt", "--cached-only"],
  ...PERMISSIONS,
];
