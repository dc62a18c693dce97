/**
 * What holds for a provider that nothing special is known of: a name is an object's best description. Pure.
 *
 * @module
 */

import { valueAt } from "../terraform/attribute_path.ts";
import type { PlannedObject } from "../terraform/plan.ts";
import type { Provider } from "./provider.ts";

/** The attributes that name an object for a person, the best first, each with one that says where the name holds. */
const NAMES: readonly (readonly [name: string, within?: string])[] = [
  ["name"],
  ["hostname"],
  ["filename"],
  ["file_name"],
  ["title"],
  ["key_name"],
  ["bucket"],
  ["metadata[0].name", "metadata[0].namespace"],
  ["metadata.name", "metadata.namespace"],
  ["manifest.metadata.name", "manifest.metadata.namespace"],
  ["domain"],
  ["zone"],
  ["node"],
  ["address"],
  ["description"],
];

/** What is longer is a text and no name. */
const LONGEST_NAME = 80;

/** A provider that nothing special is known of. */
export const generic: Provider = {
  label,
  note: () => undefined,
  sameValues: [],
  noise: [],
  lists: [],
  secretNames: () => [],
  endpoint: "endpoint",
  endpointVariables: [],
  contradictions: () => [],
  identity: () => undefined,
  devices: () => undefined,
  watch: () => undefined,
  trail: () => undefined,
  isPower: () => false,
  login: [],
  failures: { patterns: [] },
};

/** `libvirt domain "web"` for `libvirt_domain`; undefined where no attribute names the object. */
function label({ type, change }: PlannedObject, drift?: PlannedObject): string | undefined {
  const attributes = change.before ?? drift?.change.before ?? change.after;
  const marks = [change, drift?.change].flatMap((one) => [one?.before_sensitive, one?.after_sensitive]);
  const nameAt = (path: string) => {
    const name = nameIn(valueAt(attributes, path));
    return name && marks.some((one) => valueAt(one, path) === true) ? undefined : name;
  };
  for (const [path, within] of NAMES) {
    const name = nameAt(path), place = within && nameAt(within);
    if (name) return `${type.replaceAll("_", " ")} ${JSON.stringify(place ? `${place}/${name}` : name)}`;
  }
  return undefined;
}

/** A value as a name; what has several lines or none is no name. */
function nameIn(value: unknown): string | undefined {
  return typeof value === "string" && /^(?=.*\S)[^\r\n]+$/.test(value) && value.length <= LONGEST_NAME
    ? value
    : undefined;
}
