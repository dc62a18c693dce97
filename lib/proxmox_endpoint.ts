/**
 * Addresses of Proxmox VE's API.
 *
 * @module
 */

/** How an endpoint is written; the end of a sentence that says what one must be. */
export const ENDPOINT_RULE =
  'must be an address like "https://pve1.example.org:8006", and must not have a path or credentials';

/**
 * Reads an endpoint: `https`, a host, and a port where it is not 443.
 *
 * @returns Its origin, as `https://[2001:db8::1]:8006`; nothing where the text is no endpoint.
 */
export function readEndpoint(text: string): string | undefined {
  const url = URL.parse(text.trim());
  if (url?.protocol !== "https:" || url.username || url.password) return undefined;
  return url.pathname === "/" && !url.search && !url.hash ? url.origin : undefined;
}
