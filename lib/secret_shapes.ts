/**
 * Secrets that their form gives away, wherever they come from: private keys, tokens of well-known services, headers.
 *
 * @module
 */

/** Each with what stands before the secret in its first group, where that may be shown. */
const SHAPES = [
  /(-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY-----)[^]+?(?=-----END (?:[A-Z0-9]+ )*PRIVATE KEY-----|$)/g,
  // API token and ticket of Proxmox VE.
  /(![\w.-]{1,64}=)[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/gi,
  /(\bPVE:[^\s:"']{1,100}:)[0-9A-F]{8}::[\w+/=]+/g,
  /(\b(?:Bearer|Basic) +)(?=[\w.~+/-]*\d)[\w.~+/-]{16,}=*/gi,
  // JSON Web Tokens; tokens of GitHub, GitLab, Slack, Vault and Telegram's bots.
  /()\beyJ[\w-]{10,}\.[\w-]{10,}\.[\w-]{10,}/g,
  /()\b(?:gh[pousr]_|github_pat_)\w{20,}/g,
  /()\bglpat-[\w-]{16,}/g,
  /()\bxox[abprs]-[\w-]{10,}/g,
  /()\bhv[sb]\.[\w-]{20,}/g,
  // Keys of age; tokens of Doppler, 1Password, Google and HCP.
  /()\bAGE-SECRET-KEY-1[0-9A-Z]{20,}/g,
  /()\bdp\.(?:st|pt|ct|sa|scim|audit)\.[\w.-]{20,}/g,
  /()\bops_eyJ[\w-]{20,}/g,
  /()\bAIza[\w-]{35}/g,
  /()\b\w{14}\.atlasv1\.\w{20,}/g,
  // Headers that hold a token by their name.
  /(\b(?:CSRFPreventionToken|Private-Token|X-Api-Key|X-[\w-]{1,40}-Token)["']?[:=] ?["']?)[^\s"',;(][^\s"',;]{5,}/gi,
  /()(?<!\d)\d{8,10}:[\w-]{35}\b/g,
  // Webhooks whose address is all that they ask for.
  /(\bhooks\.slack\.com\/(?:services|workflows)\/)[\w/-]+/g,
  /(\bdiscord(?:app)?\.com\/api\/webhooks\/\d+\/)[\w-]+/g,
];
/** Most texts have none of these. */
const ANY =
  /-----BEGIN|![\w.-]{1,64}=|PVE:|Bearer |Basic |eyJ|gh[pousr]_|github_pat_|glpat-|AGE-SECRET|\bdp\.|AIza|\.atlasv1\.|PreventionToken|-Token|X-Api-Key|xox[abprs]-|hv[sb]\.|\d{8}:|hooks\.slack\.|discord/i;

/** A text with `mask` in place of each secret that has such a form. */
export function maskSecretShapes(text: string, mask: string): string {
  if (!ANY.test(text)) return text;
  return SHAPES.reduce((clean, shape) => clean.replace(shape, (_, before) => before + mask), text);
}
