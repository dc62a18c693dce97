import { assertEquals, assertMatch } from "@std/assert";
import {
  certificateFile,
  type PlayedAnswer,
  PVE1_FINGERPRINT,
  type PveApi,
  type Question,
  startPveApi,
  TOKEN,
} from "../../tests/support/pve_api.ts";
import type { Cluster } from "../config/config.ts";
import { aboutWitness } from "./doctor_witness.ts";

const NOW = Date.parse("2026-11-30T12:00:00Z"), DAY = 86_400_000;
const seconds = (ms: number) => ms / 1000;

async function permissionsOf(name: string, token = "drift@pve!eyes"): Promise<unknown> {
  const file = new URL(`../../tests/fixtures/pve-api/permissions/${name}.json`, import.meta.url);
  return JSON.parse(await Deno.readTextFile(file)).effective[token];
}

/** Answers as a cluster does. */
function cluster(
  answers: Record<string, unknown>,
  at: (question: Question) => PlayedAnswer | undefined = () => undefined,
) {
  const usual: Record<string, unknown> = {
    "/version": { version: "9.2.11", release: "9.2", repoid: "x" },
    "/access/users": [],
    "/access/acl": [],
    ...answers,
  };
  return (question: Question): PlayedAnswer => at(question) ?? { data: usual[question.path] };
}

interface Asked {
  servers: (PveApi | string)[];
  settings?: Partial<Cluster>;
  now?: number;
  env?: Record<string, string>;
}

/** What doctor says, a line each; addresses are A, B, … */
async function said({ servers, settings = {}, now = NOW, env = { T: TOKEN } }: Asked): Promise<string[]> {
  const endpoints = servers.map((server) => typeof server === "string" ? server : server.endpoint);
  const asked: Cluster = {
    ...{ name: "proxmox", endpoints, token: { credential: "c", variable: "T" }, ca: certificateFile("ca") },
    ...{ insecure: false, timeoutMs: 30_000, unmanaged: true, exclude: [], details: true, snapshotAgeMs: 1 },
    ...{ who: true, appliesAs: [], ha: "report" },
    ...settings,
  };
  const host = { env, uid: Deno.uid()!, gid: Deno.gid()!, now: () => now };
  const findings = await aboutWitness(asked, host, new AbortController().signal, {});
  return findings.flatMap(({ state, text, more = [] }) => [`${state}: ${text}`, ...more]).map((line) =>
    endpoints.reduce((line, endpoint, at) => line.replaceAll(endpoint, "ABC"[at]!), line)
      .replaceAll(certificateFile("ca"), "ca.pem").replace('Second witness "proxmox"', "W")
  );
}

Deno.test("aboutWitness() tells versions, certificates, the token and its end, and what optional rights would give", async () => {
  const permissions = await permissionsOf("auditor_root");
  const users = [{ userid: "drift@pve", expire: 0, tokens: [{ tokenid: "eyes", expire: seconds(NOW + 90 * DAY) }] }];
  await using server = await startPveApi(cluster({ "/access/permissions": permissions, "/access/users": users }));
  assertEquals(await said({ servers: [server] }), [
    'ok: W: Proxmox VE 9.2.11 at A, certificate proven by "ca.pem", until 2120-01-01',
    "ok: W: token drift@pve!eyes of variable T, until 2027-02-28",
    "ok: W: its rights suffice",
    "without Sys.Syslog on /: the cluster log does not say who edited a VM",
  ]);
});

Deno.test("aboutWitness() asks each server, and the cluster by one that answers", async () => {
  const permissions = await permissionsOf("two_roles_syslog");
  await using other = await startPveApi(() => ({ data: {} }), { certificate: "pve9" });
  await using server = await startPveApi(cluster({ "/access/permissions": permissions }));
  const lines = await said({ servers: [other, server] });
  assertMatch(lines[0]!, /^warning: W: Cannot read \/version from A: its certificate is not for "127.0.0.1"/);
  assertMatch(lines[1]!, /^What to do: .*pve-root-ca\.pem/);
  assertEquals(lines.slice(2).map((line) => line.split(",")[0]), [
    "ok: W: Proxmox VE 9.2.11 at B",
    "ok: W: token drift@pve!eyes of variable T",
    "ok: W: its rights suffice",
  ]);
  assertEquals(other.questions, []);
});

Deno.test("aboutWitness() warns of ends that are near, of a certificate that nobody checks, and of a token that may write", async () => {
  const permissions = await permissionsOf("may_write", "terraform@pve!apply");
  const users = [{ userid: "drift@pve", expire: seconds(NOW + 9 * DAY), tokens: [{ tokenid: "eyes" }] }];
  await using server = await startPveApi(cluster({ "/access/permissions": permissions, "/access/users": users }));
  const pinned = await said({
    servers: [server],
    settings: { fingerprints: [PVE1_FINGERPRINT] },
    now: Date.UTC(2119, 11, 20),
  });
  assertMatch(pinned[0]!, /certificate proven by its fingerprint, until 2120-01-01$/);
  assertEquals(pinned[1], "warning: W: the certificate of A ends on 2120-01-01");
  const lines = await said({ servers: [server], settings: { insecure: true } });
  assertEquals(lines.filter((line) => line.startsWith("warning")), [
    'warning: W: "insecure" takes any certificate of A: whoever is on the way gets the token',
    "warning: W: token drift@pve!eyes ends on 2026-12-09",
    "warning: W: token drift@pve!eyes may do more than look: Datastore.AllocateSpace, SDN.Use, VM.Allocate, VM.Clone, VM.Config.CPU and 5 more",
  ]);
});

Deno.test("aboutWitness() warns of guests that another role hides from the token", async () => {
  const permissions = await permissionsOf("hole_noaccess");
  const rules = ["/vms/101", "/vms/102"].map((path) => ({ path, type: "user", ugid: "drift@pve", roleid: "x" }));
  await using server = await startPveApi(
    cluster({ "/access/permissions": permissions, "/access/acl": rules }, ({ path, query }) => {
      if (path !== "/access/permissions" || query.path === undefined) return undefined;
      return { data: { [query.path]: query.path === "/vms/101" ? {} : { "VM.Audit": 1 } } };
    }),
  );
  const lines = await said({ servers: [server] });
  assertEquals(
    lines.at(-2),
    "warning: W: VM.Audit is taken away from the token at /vms/101: of those guests nothing can be said",
  );
});

Deno.test("aboutWitness() says what missing rights cost, and which to grant", async () => {
  await using blind = await startPveApi(cluster({ "/access/permissions": {} }));
  const nothing = await said({ servers: [blind] });
  assertEquals(nothing[2], "warning: W: token drift@pve!eyes holds no right at all, and sees nothing");
  assertMatch(nothing[3]!, /pveum acl modify \/ --users drift@pve --roles PVEAuditor.*--tokens 'drift@pve!eyes'/);
  await using server = await startPveApi(cluster({ "/access/permissions": await permissionsOf("vms_only") }));
  const lines = await said({ servers: [server], settings: { exclude: [{ pool: "ci", reason: "x" }], who: false } });
  assertEquals(lines.filter((line) => line.startsWith("warning")), [
    "warning: W: it lacks Sys.Audit on /: no guest can be called deleted, since it is not known whether the cluster has its majority",
    "warning: W: it lacks Pool.Audit on /pool, propagated: it does not see in which pool a guest is",
  ]);
});

Deno.test("aboutWitness() says what to do where there is no token, and where Proxmox refuses it", async () => {
  await using server = await startPveApi(() => ({
    status: 401,
    statusText: "permission denied - invalid token",
    body: "",
  }));
  const missing = await said({ servers: [server], env: {} });
  assertMatch(
    missing[0]!,
    /^warning: W: Cannot find the token for Proxmox: set "tokenFile", give systemd the credential/,
  );
  assertEquals(server.questions, []);
  const [refused, cure] = await said({ servers: [server] });
  assertMatch(refused!, /^warning: W: Cannot read \/version from A: HTTP 401, permission denied - invalid token$/);
  assertMatch(cure!, /pveum user token list/);
});
