/**
 * Paths of attributes as reports write them: `memory[0].dedicated`, `metadata["a.b"]`. Pure.
 *
 * @module
 */

/** Appends an attribute name or a map key to a path; a key that is no plain name is quoted. */
export function joinPath(path: string, key: string): string {
  if (!/^[A-Za-z_][\w-]*$/.test(key)) return `${path}[${JSON.stringify(key)}]`;
  return path === "" ? key : `${path}.${key}`;
}

/** Writes a path of Terraform's JSON (`["memory", 0, "dedicated"]`) the way reports do. */
export function formatPath(steps: unknown[]): string {
  return steps.reduce<string>(
    (path, step) => typeof step === "number" ? `${path}[${step}]` : joinPath(path, `${step}`),
    "",
  );
}

/** Whether one of two paths lies within the other, or both are the same. */
export function overlaps(one: string, other: string): boolean {
  return isWithin(one, other) || isWithin(other, one);
}

function isWithin(path: string, parent: string): boolean {
  return parent === "" || path === parent || path.startsWith(`${parent}.`) || path.startsWith(`${parent}[`);
}

/** The part of a value, or of marks that mirror one, at a path; a mark on a whole is one on each part. */
export function valueAt(value: unknown, path: string): unknown {
  return stepsOf(path).reduce<unknown>((at, step) => {
    if (typeof at !== "object" || at === null) return at === true ? true : undefined;
    const key = step.startsWith("[") ? `${JSON.parse(step)[0]}` : step;
    return Object.hasOwn(at, key) ? (at as Record<string, unknown>)[key] : undefined;
  }, value);
}

/** Most paths are one name, which is told faster than taken apart. */
function stepsOf(path: string): string[] {
  if (/^[A-Za-z_]\w*$/.test(path)) return [path];
  return path.match(/[A-Za-z_][\w-]*|\[\d+\]|\["(?:[^"\\]|\\.)*"\]/g) ?? [];
}

/** The paths at which Terraform's marks (`after_unknown`) are set; a mark on a whole subtree is one path. */
export function markedPaths(mark: unknown, path = ""): string[] {
  if (mark === true) return [path];
  if (typeof mark !== "object" || mark === null) return [];
  return Object.entries(mark).flatMap(([key, inner]) =>
    markedPaths(inner, Array.isArray(mark) ? `${path}[${key}]` : joinPath(path, key))
  );
}
