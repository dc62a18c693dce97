/**
 * The schema of `proxmox` in pve-drift.json: how the second witness is asked.
 *
 * @module
 */

import * as z from "zod";
import { durationPattern, parseDuration } from "../../lib/duration.ts";
import { ENDPOINT_RULE, readEndpoint } from "../../lib/proxmox_endpoint.ts";
import {
  always,
  choice,
  type Context,
  day,
  object,
  refuseNames,
  text,
  textOrTexts,
  timeout,
  yesOrNo,
} from "./schema_parts.ts";

function endpoint() {
  const error = ENDPOINT_RULE;
  return z.string({ error }).refine((value) => readEndpoint(value) !== undefined, { error });
}

function fingerprint() {
  const error = 'must be a SHA-256 fingerprint like "AB:CD:…", of 32 pairs';
  return z.string({ error }).regex(/^(?:[0-9a-f]{2}:){31}[0-9a-f]{2}$/i, { error });
}

function token() {
  const error = 'must be the id of a token like "terraform@pve!ci", and must not be a user alone or hold the secret';
  return z.string({ error }).regex(/^[^\s:/!=]+@[A-Za-z][\w.-]*![A-Za-z][\w.-]*$/, { error });
}

function guestNumbers() {
  const error = 'must be numbers of guests like "9000-9099" or "101, 9000-9099"';
  const list = z.string({ error }).regex(/^\s*\d{1,9}(?:\s*-\s*\d{1,9})?(?:\s*,\s*\d{1,9}(?:\s*-\s*\d{1,9})?)*\s*$/, {
    error,
  });
  return z.union([list, z.int({ error }).positive({ error })], { error });
}

function age() {
  const error = 'must be a duration like "12h" or "30d"';
  return z.string({ error }).regex(durationPattern, { error }).transform(parseDuration);
}

const exclude = z.strictObject({
  vmid: guestNumbers().describe("Numbers of guests, as 9000-9099 or 101, 9000-9099.").exactOptional(),
  tag: text().describe("A tag of the guest.").exactOptional(),
  pool: text().describe("Its pool; * stands for anything.").exactOptional(),
  name: text().describe("What Proxmox calls it; * stands for anything.").exactOptional(),
  node: text().describe("The node that it is on.").exactOptional(),
  type: choice("qemu", "lxc").describe("A VM (qemu) or a container (lxc).").exactOptional(),
  template: yesOrNo().describe("Whether it is a template.").exactOptional(),
  what: text().describe(
    "What stands on a managed guest beyond the plan, as the report says it; * stands for anything. Without: guests that no state knows.",
  ).exactOptional(),
  reason: text().describe("Why this is as it should be."),
  until: day().describe("The last day it holds. Default: for good.").exactOptional(),
}, object).superRefine(({ reason: _reason, until: _until, ...rest }, context) => {
  if (Object.keys(rest).length > 0) return;
  context.addIssue({
    code: "custom",
    message: "names nothing that it sets aside: give it a vmid, tag, pool, name, node, type, template or what",
  });
});

const shape = {
  endpoint: textOrTexts(endpoint(), ENDPOINT_RULE).describe(
    "Address of Proxmox's API, or several of one cluster: the next is asked where one does not answer.",
  ),
  tokenFile: text().describe(
    "File of the token, USER@REALM!ID=UUID, relative to this file. Default: the credential proxmox-token (NAME.proxmox-token), else PVE_DRIFT_PROXMOX_TOKEN.",
  ).exactOptional(),
  ca: text().describe(
    "File of the authority that signs the servers' certificates, as /etc/pve/pve-root-ca.pem, relative to this file. Default: public authorities, or SSL_CERT_FILE.",
  ).exactOptional(),
  fingerprint: textOrTexts(fingerprint(), 'must be a SHA-256 fingerprint like "AB:CD:…", or a list of them').describe(
    "In place of ca: SHA-256 of the servers' certificates, one for each node.",
  ).exactOptional(),
  insecure: yesOrNo().describe(
    "In place of ca: take any certificate. Whoever is on the way gets the token; every run warns. Default: false.",
  ).exactOptional(),
  timeout: timeout().describe("The most time for each question. Default: 10s.").exactOptional(),
  unmanaged: yesOrNo().describe("List guests that no state knows, and tell of new ones. Default: true.")
    .exactOptional(),
  exclude: z.array(exclude, { error: "must be a list" }).describe(
    "Guests and things that are meant to be beyond Terraform. All that a rule names must fit.",
  ).exactOptional(),
  details: yesOrNo().describe(
    "Look at each managed guest: what waits for a restart, what is beyond the plan. One request a guest in each run. Default: true.",
  ).exactOptional(),
  snapshotAge: age().describe("How old a snapshot may be before it is told. Default: 30d.").exactOptional(),
  who: yesOrNo().describe("When something changed, ask Proxmox's logs who asked for it. Default: true.")
    .exactOptional(),
  appliesAs: z.array(token(), { error: "must be a list of ids of tokens" }).describe(
    "Tokens by which Terraform applies, as terraform@pve!ci: what they did reads as an apply.",
  ).exactOptional(),
  ha: choice("report", "expected").describe(
    "expected: messages leave out moves of guests that HA manages. Default: report.",
  ).exactOptional(),
};

const cluster = z.strictObject(shape, object).superRefine(refuseTwoProofs, always);

const clusters = z.strictObject({
  ...shape,
  endpoint: shape.endpoint.exactOptional(),
  clusters: z.record(z.string(), cluster, object).superRefine(refuseNames, always).describe(
    "Several clusters by name, each with the keys that one alone has here.",
  ).exactOptional(),
}, object).superRefine(refuseTwoProofs, always).superRefine(refuseMixture, always);

/**
 * A cluster as the file has it: durations are milliseconds, `endpoint` and `fingerprint` are lists.
 *
 * @internal
 */
export type ClusterEntry = z.output<typeof cluster>;

/**
 * One cluster, or several by name.
 *
 * @internal
 */
export type ProxmoxEntry = z.output<typeof clusters>;

/**
 * Reads `proxmox`.
 *
 * @internal
 */
export const proxmox = (): z.ZodType<ProxmoxEntry, z.input<typeof clusters>> => clusters;

function refuseTwoProofs(entry: Record<string, unknown>, context: Context): void {
  const given = ["ca", "fingerprint", "insecure"].filter((key) => entry[key] !== undefined && entry[key] !== false);
  if (given.length < 2) return;
  const message = `excludes "${given[0]}": the servers prove themselves in one way`;
  context.addIssue({ code: "custom", path: [given[1]!], message });
}

function refuseMixture(entry: Record<string, unknown>, context: Context): void {
  const { clusters, ...alone } = entry;
  if (clusters === undefined) {
    if (alone.endpoint === undefined) context.addIssue({ code: "custom", path: ["endpoint"], message: ENDPOINT_RULE });
    return;
  }
  for (const key of Object.keys(alone).filter((key) => key in shape)) {
    context.addIssue({ code: "custom", path: [key], message: 'must stand in each entry of "clusters"' });
  }
  if (typeof clusters === "object" && clusters !== null && Object.keys(clusters).length === 0) {
    context.addIssue({ code: "custom", path: ["clusters"], message: "must have a cluster" });
  }
}

/** The keys that are known at a path below `proxmox`. */
export function proxmoxKeys(path: PropertyKey[]): string[] {
  if (path.includes("exclude")) return Object.keys(exclude.shape);
  return path.length === 0 ? [...Object.keys(shape), "clusters"] : Object.keys(shape);
}
