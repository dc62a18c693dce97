/**
 * Resource addresses: `module.vm["web"].x_y.this[0]`. Pure.
 *
 * @module
 */

/** An instance key, as `["web"]` or `[0]`. */
const KEY = String.raw`\[(?:"(?:[^"\\]|\\.)*"|\d+)\]`;
const KEYS = new RegExp(KEY, "g");
const LAST_KEY = new RegExp(`${KEY}$`);
const MODULE_ADDRESS = new RegExp(String.raw`^module\.[^.[]+(?:${KEY})?(?:\.module\.[^.[]+(?:${KEY})?)*(?=\.)`);
const MODULE_STEPS = new RegExp(String.raw`module\.[^.[]+(?:${KEY})?`, "g");

/** `module.vm["web"].x_y.this[0]` → `module.vm.x_y.this`: where an object stands in the code. */
export function configAddress(address: string): string {
  return address.replace(KEYS, "");
}

/** `module.vm["web"].module.disk` → `["vm", "disk"]`: the names of the modules on the way; none in the root module. */
export function modulePath(moduleAddress: string | undefined): string[] {
  return moduleAddress ? configAddress(moduleAddress).split(".").filter((_, i) => i % 2 === 1) : [];
}

/** `module.vm["web"].x_y.this[0]` → `module.vm["web"]`; undefined in the root module. */
export function moduleAddressOf(address: string): string | undefined {
  return MODULE_ADDRESS.exec(address)?.[0];
}

/** `["vm", "disk"]` → `module.vm.module.disk.`: what the addresses of a module's resources begin with. */
export function modulePrefix(path: string[]): string {
  return path.map((name) => `module.${name}.`).join("");
}

/** `x_y.this["web"]` → `["web"]`; `""` where the object is the only one of its resource. */
export function instanceKey(address: string): string {
  return LAST_KEY.exec(address)?.[0] ?? "";
}

/** Orders addresses as people do: `x_y.this[2]` before `x_y.this[10]`. */
export function compareAddresses(one: string, other: string): number {
  if (one === other) return 0;
  const [a, b] = [one, other].map((address) => address.split(/\[(\d+)\]/)) as [string[], string[]];
  const at = a.findIndex((part, index) => part !== b[index]);
  // Odd parts are numbers.
  if (at % 2 === 1 && b[at] !== undefined) return Number(a[at]) - Number(b[at]);
  return at < 0 || a[at]! < (b[at] ?? "") ? -1 : 1;
}

/** The instance keys on the way to an object: of each module, then its own; `""` where there is none. */
export function instanceKeys(address: string, moduleAddress: string | undefined): string[] {
  const modules = (moduleAddress?.match(MODULE_STEPS) ?? []).map((step) => step.replace(/^module\.[^.[]+/, ""));
  return [...modules, instanceKey(address)];
}
