/**
 * Failures around the estate: Proxmox, its nodes and tokens, the network, the state's backend and its locks.
 *
 * @module
 */

import { assert, assertEquals, assertMatch, assertRejects, assertStringIncludes } from "@std/assert";
import { basename, join } from "node:path";
import type { EnvironmentReport } from "../../../drift/report.ts";
import type { Lab } from "../lab.ts";
import { TOKENS } from "../pve.ts";
import { applyThatDied, heldApply, lockInfo } from "./held_apply.ts";
import { edit, outside, pending, putBack, type Scenario, seen, vm } from "./scenario.ts";

const heal = (lab: Lab) => lab.pve.heal();
const NOTHING = { status: "ok" } as const;
const LOCKED = { code: 1, says: "Error acquiring the state lock", locking: true } as const;
/** Who holds a lock, and since when. */
const LOCK = /locked by \w+@\S+ since \d{4}-\d\d-\d\d \d\d:\d\d/;

/** The scenarios of outages. */
export const OUTAGES: Scenario[] = [
  {
    name: "Node offline",
    env: "prod",
    change: async (lab) => {
      await lab.pve.configure(101, { memory: 4096 });
      await lab.pve.node("pve2", false);
    },
    expect: {
      status: "error",
      class: "network",
      says: /HTTP 595 response - Reason: No route to host/,
      changes: [outside(vm("web-1"), { "memory[0].dedicated": [2048, 4096] }, { confirmed: false })],
    },
    plain: { code: 1, says: "received an HTTP 595 response - Reason: No route to host" },
    mend: putBack,
    mending: "bring the node back; the report still lists what it found on the others",
    tofu: true,
  },
  {
    name: "Token expired",
    env: "lab",
    change: (lab) => lab.pve.expire(),
    expect: { status: "error", class: "auth", says: /HTTP 401 response - Reason: token .check. access expired/ },
    plain: { code: 1, says: "access expired" },
    mend: async (lab) => {
      await lab.pve.api("PUT", "/access/users/drift@pve/token/check", { expire: 0 });
    },
    mending: "create a new token, or extend the old one",
    tofu: true,
  },
  {
    name: "Token wrong",
    env: "lab",
    change: (lab) => edit(lab, "environments/lab/secrets.tfvars", TOKENS.check, TOKENS.check.replace("=9", "=8")),
    expect: { status: "error", class: "auth", says: /HTTP 401 response - Reason: authentication failure/ },
    plain: { code: 1, says: "authentication failure" },
    mend: putBack,
    mending: "use the right token",
  },
  {
    name: "Token without privilege on a container",
    env: "lab",
    change: (lab) => lab.pve.hide(311),
    expect: { status: "error", class: "permission", says: /403.*\/vms\/311, VM\.Audit/ },
    plain: { code: 1, says: "Permission check failed (/vms/311, VM.Audit)" },
    mend: putBack,
    mending: "give the token VM.Audit on the container",
  },
  {
    name: "Proxmox down",
    env: "lab",
    change: (lab) => lab.pve.down(),
    expect: { status: "error", class: "network", says: /connection refused/ },
    plain: { code: 1, says: "connection refused" },
    mend: (lab) => lab.pve.up(),
    mending: "start Proxmox",
    tofu: true,
  },
  {
    name: "Connections to Proxmox reset",
    env: "lab",
    change: (lab) => lab.pve.fault("", { kind: "drop" }),
    expect: { status: "error", class: "network", says: /EOF|connection reset by peer/ },
    plain: { code: 1, says: "EOF" },
    mend: heal,
    mending: "repair the network",
  },
  {
    name: "Answers of Proxmox cut half way",
    env: "lab",
    change: (lab) => lab.pve.fault("GET /cluster/resources", { kind: "cut" }),
    expect: { status: "error", class: "network", says: /unexpected EOF/ },
    plain: { code: 1, says: "unexpected EOF" },
    mend: heal,
    mending: "repair the network",
  },
  {
    name: "A proxy answers in Proxmox's place: 502 pages",
    env: "lab",
    change: (lab) => lab.pve.fault("", { kind: "html", status: 502, text: "<html>Bad Gateway</html>" }),
    expect: { status: "error", class: "network", says: /HTTP 502/ },
    plain: { code: 1, says: "HTTP 502" },
    mend: heal,
    mending: "repair the proxy",
  },
  {
    name: "Proxmox slow",
    env: "lab",
    change: (lab) => lab.pve.fault("GET", { kind: "slow", seconds: 0.5 }),
    expect: NOTHING,
    proof: async (lab) => {
      const asked = Date.now();
      await seen(lab, "/version");
      assert(Date.now() - asked >= 500, "Proxmox is not slow");
    },
    plain: { code: 0, says: "No changes." },
    mend: heal,
    mending: "nothing",
  },
  {
    name: "Proxmox hanging",
    env: "lab",
    change: (lab) => lab.pve.fault("GET /nodes/pve1/qemu/302/config", { kind: "hang" }),
    expect: { status: "error", class: "timeout", says: /did not end within 6 s/ },
    config: { timeout: "6s" },
    mend: async (lab) => {
      await lab.pve.heal();
      await lab.configure();
    },
    mending: "repair Proxmox: plain terraform waits forever",
    tofu: true,
  },
  {
    name: "TLS certificate of Proxmox unknown",
    env: "lab",
    change: async (lab) => {
      const none = join(lab.estate.dir, "empty.pem");
      await Deno.writeTextFile(none, "");
      await lab.configure({ terraform: { env: { SSL_CERT_FILE: none } } });
    },
    expect: { status: "error", class: "tls", says: /certificate signed by unknown authority/ },
    plain: { code: 1, says: "certificate signed by unknown authority" },
    mend: (lab) => lab.configure(),
    mending: "trust Proxmox's CA on the checking machine",
  },
  {
    name: "Name of Proxmox not known",
    env: "lab",
    change: (lab) => edit(lab, "environments/lab/secrets.tfvars", /https:\/\/[^"]+/, "https://pve.invalid:8006"),
    expect: { status: "error", class: "network", says: /no such host|lookup pve\.invalid/ },
    plain: { code: 1, says: "lookup pve.invalid" },
    mend: putBack,
    mending: "correct the endpoint",
  },
  {
    name: "Cluster without quorum",
    env: "lab",
    change: (lab) => lab.pve.quorum(false),
    expect: NOTHING,
    proof: async (lab) => {
      await assertRejects(() => lab.pve.configure(302, { memory: 1024 }), Error, "no quorum");
    },
    plain: { code: 0, says: "No changes." },
    mend: (lab) => lab.pve.quorum(true),
    mending: "nobody sees it: reading works",
  },
  {
    name: "Storage offline",
    env: "lab",
    change: (lab) =>
      lab.pve.fault("GET .*/storage/local-lvm/content/", {
        kind: "status",
        status: 500,
        message: "storage 'local-lvm' is not online",
      }),
    expect: { status: "error", class: "network", says: /storage 'local-lvm' is not online/ },
    plain: { code: 1, says: "storage 'local-lvm' is not online" },
    mend: heal,
    mending: "bring the storage back",
  },
  {
    name: "S3 down",
    env: "lab",
    change: (lab) => lab.proxy.refuse(),
    expect: { status: "error", class: "backend-unreachable", says: /connection refused/ },
    plain: { code: 1, says: "connection refused" },
    mend: (lab) => lab.proxy.heal(),
    mending: "start the S3 server",
    tofu: true,
  },
  {
    name: "State locked by a running apply",
    env: "lab",
    change: async (lab) => {
      await edit(lab, "environments/lab/main.tf", "id = 301, memory = 1024", "id = 301, memory = 1536");
      await heldApply(lab, "lab", 301);
    },
    expect: {
      status: "drift",
      changes: [{ ...pending(vm("sandbox-1"), { "memory[0].dedicated": [1536, 1024] }), confirmed: false }],
      warning: LOCK,
    },
    proof: warnsOf("lab"),
    plain: LOCKED,
    mend: heldApply.end,
    mending: "run the check again when the apply has ended",
    tofu: true,
  },
  {
    name: "State lock left by a run that died",
    env: "prod",
    change: async (lab) => {
      await lab.pve.configure(101, { memory: 4096 });
      await applyThatDied(lab, "prod", 101);
    },
    expect: {
      status: "drift",
      changes: [outside(vm("web-1"), { "memory[0].dedicated": [2048, 4096] }, { confirmed: false })],
      warning: LOCK,
    },
    proof: warnsOf("prod"),
    plain: LOCKED,
    mend: async (lab) => {
      await applyThatDied.unlock(lab, "prod");
      await lab.apply(["prod"]);
    },
    mending: "terraform force-unlock, once you know that nobody applies; then apply",
  },
  {
    name: "State lock left by a run that died, where every plan takes the lock",
    env: "lab",
    change: async (lab) => {
      await lab.pve.configure(302, { memory: 2048 });
      await applyThatDied(lab, "lab", 302);
    },
    config: { terraform: { lock: "always", lockTimeout: "1s" } },
    expect: { status: "error", class: "state-locked", says: LOCK },
    proof: async (lab, report) => {
      const lock = await lockInfo(lab, "lab");
      const { id, who, since } = report.error?.lock ?? {};
      assertEquals([id, who], [lock.id, lock.who]);
      // Terraform writes it as Go does, with nanoseconds and a zone twice.
      assertEquals(since, new Date(lock.since.replace(" ", "T").replace(/(\.\d{3})\d* .*$/, "$1Z")).toISOString());
      assertMatch(lock.id, /^[-0-9a-f]{36}$/);
    },
    plain: LOCKED,
    mend: async (lab) => {
      await applyThatDied.unlock(lab, "lab");
      await lab.apply(["lab"]);
    },
    mending: "terraform force-unlock, once you know that nobody applies; then apply",
  },
];

/** The warning tells of the lock as terraform itself does. */
function warnsOf(name: string) {
  return async (lab: Lab, { warnings }: EnvironmentReport) => {
    const { id, who, since } = await lockInfo(lab, name);
    const short = since.replace(/\.\d+ \+0000/, "");
    const said = `State is locked by ${who} since ${short}: the drift could not be confirmed; ` +
      `a running apply shows as drift until it ends (lock ${id})`;
    assertEquals(warnings.map(({ summary }) => summary), [said]);
    assertStringIncludes(warnings[0]!.detail, `\`${basename(lab.estate.bin)} force-unlock ${id}\``);
  };
}
