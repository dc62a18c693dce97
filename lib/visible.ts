/**
 * Text from outside, made harmless for people's eyes: whoever may edit a VM's description writes it, so nothing in it may
 * move the cursor, color the screen or start a line of its own.
 *
 * @module
 */

// Cc and the separators move the cursor, Cf hides or turns text round (bidi), Cs cannot be written; a zero-width joiner is kept inside emoji alone.
const HARMFUL =
  /(?!\u200d)[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]|(?<![\p{Extended_Pictographic}\p{Emoji_Modifier}\ufe0f])\u200d/gu;
const NAMED: Record<string, string> = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };

/** Writes out what cannot be seen or would act on the terminal: a newline as `\n`, an escape as `\u001b`. */
export function visible(text: string): string {
  return text.replace(HARMFUL, (found) => {
    const code = found.codePointAt(0)!;
    return NAMED[found] ?? (code > 0xffff ? `\\u{${code.toString(16)}}` : `\\u${code.toString(16).padStart(4, "0")}`);
  });
}
