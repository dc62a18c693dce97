/**
 * How a secret can be written: JSON, URL-encoded, base64.
 *
 * @module
 */

/**
 * The notations in which a secret is found, itself included: as JavaScript and Go escape it in JSON, as URLs encode it, in
 * base64. Other cases, reversals and pieces of it are not among them.
 */
export function notationsOf(secret: string): Set<string> {
  const all = new Set([secret, ...base64(secret)]);
  // The same in every notation but base64.
  if (/^[\w.-]+$/.test(secret)) return all;
  const json = JSON.stringify(secret).slice(1, -1);
  // Go's encoder escapes what HTML would take for markup.
  // Twice: JSON in a text that is quoted itself.
  all.add(json).add(JSON.stringify(json).slice(1, -1)).add(
    json.replace(/[<>&\u2028\u2029]/g, (one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, "0")}`),
  );
  const text = secret.toWellFormed();
  const component = encodeURIComponent(text);
  const strict = component.replace(/[!'()*]/g, (one) => `%${one.charCodeAt(0).toString(16).toUpperCase()}`);
  const query = strict.replaceAll("%20", "+");
  for (
    const url of [component, strict, query, new URLSearchParams([["", text]]).toString().slice(1), encodeURI(text)]
  ) {
    all.add(url).add(url.replace(/%[0-9A-F]{2}/g, (one) => one.toLowerCase()));
  }
  return all;
}

/**
 * The secret in base64 by itself, and the characters of it that are the same inside any longer text, wherever in a group of
 * three bytes it begins.
 */
function base64(secret: string): string[] {
  const bytes = new TextEncoder().encode(secret);
  const found: string[] = [];
  for (let before = 0; before < 3; before++) {
    const shifted = new Uint8Array(before + bytes.length);
    shifted.set(bytes, before);
    const encoded = shifted.toBase64();
    const certain = encoded.slice(Math.ceil(before * 8 / 6), Math.floor((before + bytes.length) * 8 / 6));
    for (const one of before === 0 ? [encoded, encoded.replace(/=+$/, ""), certain] : [certain]) {
      // Shorter than that it would be found by chance.
      if (one.length < 8) continue;
      found.push(one);
      if (/[+/]/.test(one)) found.push(one.replaceAll("+", "-").replaceAll("/", "_"));
    }
  }
  return found;
}
