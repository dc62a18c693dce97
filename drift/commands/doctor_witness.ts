/**
 * Whether the second witness can be heard, and what it cannot know.
 *
 * @module
 */

import { type Credentials, findCredentials } from "../../lib/proxmox_api/access.ts";
import type { ProxmoxApi } from "../../lib/proxmox_api/proxmox_api.ts";
import type { PermissionMap, User } from "../../lib/proxmox_api/types.ts";
import type { Cluster } from "../config/config.ts";
import { missingRights, pathsToAskAbout, writingRights } from "../witness/rights.ts";
import { silenceError } from "../witness/silence_error.ts";
import { silenceOf } from "../witness/witness.ts";
import type { DoctorFinding } from "./doctor_text.ts";

/** What of the process matters to the witness. */
export interface WitnessHost {
  /** Environment variables. */
  env: Record<string, string>;
  /** The caller's user number. */
  uid: number;
  /** The caller's group number. */
  gid: number;
  /** Milliseconds since 1970. */
  now: () => number;
}

/** An end that is nearer than this is told. */
const SOON_MS = 30 * 24 * 60 * 60_000;
/** The most paths that are asked about. */
const MOST_PATHS = 50;

/** Asks each server of a cluster, and the cluster what the token may see. A witness that fails keeps no check from succeeding. */
export async function aboutWitness(
  cluster: Cluster,
  host: WitnessHost,
  signal: AbortSignal,
  clocks: Record<string, number>,
): Promise<DoctorFinding[]> {
  const subject = `Second witness "${cluster.name}"`;
  const warning = (error: unknown): DoctorFinding => {
    const { detail, cure } = silenceError(cluster.name, silenceOf(error));
    return { state: "warning", text: `${subject}: ${detail}`, more: [`What to do: ${cure}`] };
  };
  let credentials: Credentials;
  try {
    credentials = await findCredentials(cluster, host);
  } catch (error) {
    return [warning(error)];
  }
  const { openProxmoxApi } = await import("../../lib/proxmox_api/open.ts");
  const open = (endpoints: string[]) => openProxmoxApi({ ...cluster, ...credentials, endpoints, signal });
  const findings: DoctorFinding[] = [];
  const answering: string[] = [];
  for (const endpoint of cluster.endpoints) {
    using api = open([endpoint]);
    try {
      findings.push(...await aboutServer(api, subject, credentials, cluster, host));
      clocks[`Proxmox at ${endpoint}`] = (api.server?.clock ?? host.now()) - host.now();
      answering.push(endpoint);
    } catch (error) {
      findings.push(warning(error));
    }
  }
  if (answering.length === 0) return findings;
  using api = open(answering);
  try {
    return [...findings, ...await aboutToken(api, subject, credentials, cluster, host)];
  } catch (error) {
    return [...findings, warning(error)];
  }
}

async function aboutServer(
  api: ProxmoxApi,
  subject: string,
  { trust }: Credentials,
  { ca }: Cluster,
  { now }: WitnessHost,
): Promise<DoctorFinding[]> {
  const { version } = await api.version();
  const { validTo } = api.server!;
  const by = trust.pins ? "its fingerprint" : ca === undefined ? "an authority that is trusted" : `"${ca}"`;
  const proof = trust.insecure ? "" : `, certificate proven by ${by}, until ${dayOf(validTo.getTime())}`;
  const findings: DoctorFinding[] = [{
    state: "ok",
    text: `${subject}: Proxmox VE ${version} at ${api.endpoint}${proof}`,
  }];
  if (trust.insecure) {
    findings.push({
      state: "warning",
      text: `${subject}: "insecure" takes any certificate of ${api.endpoint}: whoever is on the way gets the token`,
      more: ['What to do: set "ca" to a copy of /etc/pve/pve-root-ca.pem instead'],
    });
  } else if (validTo.getTime() - now() < SOON_MS) {
    findings.push({
      state: "warning",
      text: `${subject}: the certificate of ${api.endpoint} ends on ${dayOf(validTo.getTime())}`,
      more: [
        trust.pins
          ? 'What to do: Proxmox renews it by itself; then correct "fingerprint", or set "ca" now, which stays'
          : "What to do: Proxmox renews its own by itself; look with `pvenode cert info` on the node whether it will",
      ],
    });
  }
  return findings;
}

async function aboutToken(
  api: ProxmoxApi,
  subject: string,
  { token, from }: Credentials,
  { who, exclude }: Cluster,
  { now }: WitnessHost,
): Promise<DoctorFinding[]> {
  const id = token.split("=")[0]!;
  const permissions = await api.permissions();
  // Who may not ask learns nothing of these, and that is no problem.
  const users = await api.users().catch(() => []);
  const ends = endOf(users, id);
  const until = ends === undefined ? "" : ends === Infinity ? ", without an end" : `, until ${dayOf(ends)}`;
  const findings: DoctorFinding[] = [{ state: "ok", text: `${subject}: token ${id} of ${from}${until}` }];
  if (ends !== undefined && ends - now() < SOON_MS) {
    const cure = `What to do: give it longer with \`pveum user token modify ${id.replace("!", " ")} --expire 0\``;
    findings.push({ state: "warning", text: `${subject}: token ${id} ends on ${dayOf(ends)}`, more: [cure] });
  }
  const isByPool = exclude.some(({ pool }) => pool !== undefined);
  findings.push(...rightsFindings(permissions, subject, id, { who, pools: isByPool }));
  const holes = await holesOf(api, permissions, id);
  if (holes.length > 0) {
    findings.push({
      state: "warning",
      text: `${subject}: VM.Audit is taken away from the token at ${
        holes.join(", ")
      }: of those guests nothing can be said`,
      more: ["What to do: a role on a deeper path replaces the one above it; add PVEAuditor there for the same user"],
    });
  }
  return findings;
}

function rightsFindings(
  permissions: PermissionMap,
  subject: string,
  id: string,
  duties: { who: boolean; pools: boolean },
): DoctorFinding[] {
  const [user] = id.split("!");
  const grant = `What to do: \`pveum acl modify / --users ${user} --roles PVEAuditor\` on a node`;
  if (Object.keys(permissions).length === 0) {
    const more = [`${grant}; with privilege separation the token itself needs the role too (\`--tokens '${id}'\`)`];
    return [{ state: "warning", text: `${subject}: token ${id} holds no right at all, and sees nothing`, more }];
  }
  const missing = missingRights(permissions, duties);
  const grave = missing.filter(({ isOptional }) => !isOptional);
  const findings = grave.map(({ right, cost }): DoctorFinding => ({
    state: "warning",
    text: `${subject}: it lacks ${right}: ${cost}`,
    more: [grant],
  }));
  const lacks = missing.filter(({ isOptional }) => isOptional).map(({ right, cost }) => `without ${right}: ${cost}`);
  const text = grave.length > 0 ? "what else it may see" : "its rights suffice";
  if (grave.length === 0 || lacks.length > 0) findings.push({ state: "ok", text: `${subject}: ${text}`, more: lacks });
  const writing = writingRights(permissions);
  if (writing.length > 0) {
    findings.push({
      state: "warning",
      text: `${subject}: token ${id} may do more than look: ${writing.slice(0, 5).join(", ")}${
        writing.length > 5 ? ` and ${writing.length - 5} more` : ""
      }`,
      more: ["What to do: make a user of its own with PVEAuditor alone; nothing here ever writes"],
    });
  }
  return findings;
}

/** Paths of guests and pools at which the token lost the right to see guests. */
async function holesOf(api: ProxmoxApi, permissions: PermissionMap, id: string): Promise<string[]> {
  if ((permissions["/vms"] ?? permissions["/"])?.["VM.Audit"] !== true) return [];
  const rules = await api.accessRules().catch(() => []);
  const paths = pathsToAskAbout(rules, permissions, id).slice(0, MOST_PATHS);
  const answers = await Promise.all(paths.map((path) => api.permissionsAt(path)));
  return paths.filter((path, at) => answers[at]?.[path]?.["VM.Audit"] === undefined);
}

/** When a token ends, in milliseconds since 1970, itself or with its user; nothing where that is not told. */
function endOf(users: readonly User[], id: string): number | undefined {
  const [userid, tokenid] = id.split("!");
  const user = users.find((one) => one.userid === userid);
  const token = user?.tokens?.find((one) => one.tokenid === tokenid);
  if (!user || !token) return undefined;
  return Math.min(...[user.expire, token.expire].map((seconds) => seconds ? seconds * 1000 : Infinity));
}

function dayOf(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10);
}
