/**
 * Keeps equals signs and comments of neighboring lines below each other where they were, as `terraform fmt` has them.
 * Pure, and by lines alone: whoever uses it sees to it that nothing but white space has changed.
 *
 * @module
 */

/** A line in two columns: what stands before the equals sign or the comment, the white space there, and the rest. */
interface Cells {
  left: string;
  gap: string;
  right: string;
}

type Split = (line: string) => Cells | undefined;

/** One line of a text, by its index. */
export interface LineAt {
  /** All lines of the text. */
  lines: readonly string[];
  /** The index. */
  at: number;
}

/**
 * Aligns the lines around a changed one, where they were aligned before.
 *
 * @param before The line that was changed or taken out, or that the new one comes behind.
 * @param after The line that was changed or is new; of one that was taken out, the line that is there now.
 */
export function realign(before: LineAt, after: LineAt): string[] {
  const lines = [...after.lines];
  for (const split of [atEquals, atComment]) {
    const old = groupAt(before, split), now = groupAt({ lines, at: after.at }, split);
    const column = columnOf(old.map(({ cells }) => cells));
    if (column === undefined || now.length === 0) continue;
    const longest = (group: typeof now) => Math.max(...group.map(({ cells }) => cells.left.length));
    const isTight = column === longest(old) + 1;
    const wanted = isTight ? longest(now) + 1 : Math.max(column, longest(now) + 1);
    for (const { at, cells } of now) lines[at] = cells.left.padEnd(wanted) + cells.right;
  }
  return lines;
}

/** The lines of one kind around an index, or next to it. */
function groupAt({ lines, at: index }: LineAt, split: Split): { at: number; cells: Cells }[] {
  const cellsAt = (at: number) => at >= 0 && at < lines.length ? split(lines[at]!) : undefined;
  const opensHeredoc = (at: number) => lines[at]!.includes("<<");
  const start = [index, index - 1].find((at) => cellsAt(at));
  if (start === undefined) return [];
  const found = [{ at: start, cells: cellsAt(start)! }];
  for (let at = start - 1, cells; (cells = cellsAt(at)) && !opensHeredoc(at); at--) found.unshift({ at, cells });
  // What follows the first line of a heredoc is its text.
  for (let at = start, cells; !opensHeredoc(at) && (cells = cellsAt(at + 1)); at++) found.push({ at: at + 1, cells });
  return found;
}

/** Where the second column of all these lines is; undefined where it is not the same. */
function columnOf(group: Cells[]): number | undefined {
  const columns = new Set(group.map(({ left, gap }) => left.length + gap.length));
  return columns.size === 1 ? [...columns][0] : undefined;
}

/** `name = value`, all on one line. */
function atEquals(line: string): Cells | undefined {
  const [, left = "", gap = "", right] = /^(\s*(?:[\w-]+|"(?:[^"\\]|\\.)*"))([ \t]*)(=(?![=>]).*)$/s.exec(line) ?? [];
  if (right === undefined) return undefined;
  const bare = right.replace(/"(?:[^"\\]|\\.)*"/g, "").replace(/(?:#|\/\/).*$/s, "");
  const count = (pattern: RegExp) => bare.match(pattern)?.length ?? 0;
  return count(/[([{]/g) === count(/[)\]}]/g) ? { left, gap, right } : undefined;
}

/** Something with a comment behind it. */
function atComment(line: string): Cells | undefined {
  const [, left = "", gap = "", right] =
    /^((?:"(?:[^"\\]|\\.)*"|\/(?!\/)|[^"#/])*?)([ \t]*)((?:#|\/\/).*)$/s.exec(line) ?? [];
  return right !== undefined && left.trim() !== "" ? { left, gap, right } : undefined;
}
