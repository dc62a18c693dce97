/**
 * What holds for a provider that nothing special is known of: a name is an object's best description. Pure.
 *
 * @module
 */

import type { PlannedObject } from "../terraform/plan.ts";
import type { Provider } from "./provider.ts";

/** The attributes that name an object for a person, the best first. */
const NAMES = ["name", "hostname", "filename", "file_name", "title", "key_name", "bucket"];

/** A provider that nothing special is known of. */
export const generic: Provider = {
  label,
  note: () => undefined,
  noise: [],
  lists: [],
  secretNames: () => [],
  endpoint: "endpoint",
  endpointVariables: [],
  contradictions: () => [],
  identity: () => undefined,
  devices: () => undefined,
  trail: () => undefined,
  isPower: () => false,
  login: [],
  failures: { patterns: [] },
};

/** `libvirt domain "web"` for `libvirt_domain`; undefined where no attribute names the object. */
function label({ type, change }: PlannedObject, drift?: PlannedObject): string | undefined {
  const attributes = change.before ?? drift?.change.before ?? change.after;
  if (typeof attributes !== "object" || attributes === null) return undefined;
  for (const attribute of NAMES) {
    const name = (attributes as Record<string, unknown>)[attribute];
    if (typeof name === "string" && name !== "") return `${type.replaceAll("_", " ")} ${JSON.stringify(name)}`;
  }
  return undefined;
}
