/**
 * The Markdown of our text panel as HTML: paragraphs, tables, bold, code.
 *
 * @module
 */

/** Text that HTML shows as it is. */
export function escape(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");
}

function inline(text: string): string {
  return escape(text).replaceAll(/`([^`]+)`/g, "<code>$1</code>").replaceAll(/\*\*([^*]+)\*\*/g, "<b>$1</b>");
}

/** Blocks, parted by empty lines: each a table or a paragraph. */
export function markdown(text: string): string {
  return text.trim().split(/\n\n+/).map((block) => {
    const lines = block.split("\n");
    if (!lines[0]!.startsWith("|")) return `<p>${inline(block)}</p>`;
    const rows = lines.filter((line) => !/^[|\s-]+$/.test(line)).map((line) => line.split("|").slice(1, -1));
    const tag = (index: number) => index === 0 ? "th" : "td";
    const cells = (row: string[], index: number) =>
      row.map((cell) => `<${tag(index)}>${inline(cell.trim())}</${tag(index)}>`).join("");
    return `<table>${rows.map((row, index) => `<tr>${cells(row, index)}</tr>`).join("")}</table>`;
  }).join("\n");
}
