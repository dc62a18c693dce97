/**
 * Makes text from outside harmless to look at. Anybody who may edit a description writes it, so nothing in it may move the
 * cursor, color the screen or start a line of its own.
 *
 * @module
 */

// Cc and the separators move the cursor, Cf hides or reverses text (bidi), Cs cannot be written. A zero-width joiner is kept only inside emoji.
const HARMFUL =
  /(?!\u200d)[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]|(?<![\p{Extended_Pictographic}\p{Emoji_Modifier}\ufe0f])\u200d/gu;
const NAMED: Record<string, string> = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };

/** Escapes characters that cannot be seen or would act on the terminal: a newline as `\n`, an escape as `\u001b`. */
export function visible(text: string): string {
  return text.replace(HARMFUL, (found) => {
    const code = found.codePointAt(0)!;
    return NAMED[found] ?? (code > 0xffff ? `\\u{${code.toString(16)}}` : `\\u${code.toString(16).padStart(4, "0")}`);
  });
}
