/**
 * Attributes of bpg/proxmox that hold secrets, though their names do not say it. Pure.
 *
 * @module
 */

import { kindOf } from "./types.ts";

/**
 * By the provider's name of the type: a user's second factors, what a DNS plugin logs in with, and a file's text
 * (`source_raw`), which for cloud-init holds passwords.
 */
const SECRET: Record<string, string[]> = { user: ["keys"], acme_dns_plugin: ["data", "data_wo"], file: ["data"] };

/** Names of attributes that hold secrets in objects of this type. */
export function secretNames(type: string): readonly string[] {
  const kind = kindOf(type) ?? "";
  return Object.hasOwn(SECRET, kind) ? SECRET[kind]! : [];
}
