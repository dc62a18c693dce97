/**
 * How values of Terraform's attributes read as options of Proxmox. Pure.
 *
 * @module
 */

/** How an option writes a value. `list`: with this between the elements. */
export type OptionFormat = "text" | "flag" | { list: string; before?: string };

/** An option by the attribute that holds it. */
export type OptionTable = Readonly<Record<string, readonly [option: string, format?: OptionFormat]>>;

/**
 * A value as an option: null where the option is to be removed, undefined where the value is no such thing.
 *
 * @param format Default: `text`.
 */
export function optionValue(value: unknown, format: OptionFormat = "text"): string | null | undefined {
  if (value === null || value === "") return null;
  if (format === "flag") return typeof value === "boolean" ? (value ? "1" : "0") : undefined;
  // Proxmox ends a description with a newline by itself.
  if (format === "text") {
    return ["string", "number"].includes(typeof value) ? `${value}`.replace(/\n+$/, "") : undefined;
  }
  if (!Array.isArray(value) || !value.every((item) => typeof item === "string")) return undefined;
  return value.length === 0 ? null : `${format.before ?? ""}${value.join(format.list)}`;
}
