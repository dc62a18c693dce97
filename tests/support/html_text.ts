/**
 * What a reader sees of our own HTML.
 *
 * @module
 */

const CHARACTERS: Record<string, string> = { "&amp;": "&", "&lt;": "<", "&gt;": ">", "&quot;": '"' };

/** The text of a page's body, with single spaces. */
export function textOf(html: string): string {
  const body = /<body>([^]*)<\/body>/.exec(html)![1]!;
  return body.replace(/<[^>]*>/g, " ").replace(/&(?:amp|lt|gt|quot);/g, (entity) => CHARACTERS[entity]!)
    .replace(/\s+/g, " ").trim();
}
