import { assert, assertEquals, assertThrows } from "@std/assert";
import { parseConfigFile } from "./schema.ts";
import { UsageError } from "../usage_error.ts";

const PIN = "AB:".repeat(31) + "cd";
const parse = (proxmox: unknown) => parseConfigFile(JSON.stringify({ proxmox }), "x.json").proxmox;
const endpoint = "https://pve1:8006";

/** The one problem of a `proxmox`, without the name of the file. */
function problem(proxmox: unknown): string {
  const { message } = assertThrows(() => parse(proxmox), UsageError) as Error;
  assert(!message.includes("s3cret"), message);
  return message.replace('Cannot read config "x.json": ', "");
}

Deno.test("parseConfigFile() reads one cluster, or several by name", () => {
  assertEquals(parse({ endpoint }), { endpoint: [endpoint] });
  assertEquals(parse({ endpoint: [endpoint, "https://[2001:db8::1]:8006/"], fingerprint: PIN, snapshotAge: "400d" }), {
    endpoint: [endpoint, "https://[2001:db8::1]:8006/"],
    fingerprint: [PIN],
    snapshotAge: 400 * 86_400_000,
  });
  const clusters = { main: { endpoint }, site2: { endpoint: "https://pve9", insecure: true, timeout: "5s" } };
  assertEquals(parse({ clusters })?.clusters, {
    main: { endpoint: [endpoint] },
    site2: { endpoint: ["https://pve9"], insecure: true, timeout: 5_000 },
  });
});

Deno.test("parseConfigFile() reads rules of what is set aside", () => {
  const exclude = [
    { template: true, reason: "golden images" },
    { vmid: "101, 9000 - 9099", reason: "runners", until: "2027-06-30" },
    { vmid: 101, type: "lxc" as const, what: "*", reason: "x" },
  ];
  assertEquals(parse({ endpoint, exclude })?.exclude, exclude);
});

const wrong: [string, unknown, string][] = [
  ["a key that is unknown", { endpoint, tokenfile: "x" }, '"proxmox.tokenfile" is unknown: did you mean "tokenFile"?'],
  [
    "a key of a rule that is unknown",
    { endpoint, exclude: [{ vmids: 1, tag: "ci", reason: "x" }] },
    '"proxmox.exclude[0].vmids" is unknown: did you mean "vmid"?',
  ],
  [
    "a key of a cluster that is unknown",
    { clusters: { main: { endpoint, endpoints: "x" } } },
    '"proxmox.clusters.main.endpoints" is unknown: did you mean "endpoint"?',
  ],
  ["no address", {}, '"proxmox.endpoint" must be an address like'],
  [
    "an address without TLS",
    { endpoint: "http://127.0.0.1:8006" },
    '"proxmox.endpoint" must be an address like "https://',
  ],
  ["an address with a path", { endpoint: "https://pve1:8006/api2/json" }, '"proxmox.endpoint" must be an address like'],
  ["an address with credentials", { endpoint: "https://root:s3cret@pve1" }, "must not have a path or credentials"],
  ["no address at all", { endpoint: [] }, '"proxmox.endpoint" must be an address like'],
  ["half a fingerprint", { endpoint, fingerprint: "AB:CD" }, '"proxmox.fingerprint" must be a SHA-256 fingerprint'],
  [
    "two ways to prove a server",
    { endpoint, ca: "ca.pem", fingerprint: PIN },
    '"proxmox.fingerprint" excludes "ca": the servers prove themselves in one way',
  ],
  [
    "a pin that is not looked at",
    { endpoint, fingerprint: PIN, insecure: true },
    '"proxmox.insecure" excludes "fingerprint"',
  ],
  ["a rule without a reason", { endpoint, exclude: [{ vmid: 1 }] }, '"proxmox.exclude[0].reason" must be a text'],
  [
    "a rule for everything",
    { endpoint, exclude: [{ reason: "x" }] },
    '"proxmox.exclude[0]" names nothing that it sets aside',
  ],
  ["numbers that are none", { endpoint, exclude: [{ vmid: "9000-", reason: "x" }] }, "must be numbers of guests like"],
  [
    "a bare user",
    { endpoint, appliesAs: ["root@pam"] },
    '"proxmox.appliesAs[0]" must be the id of a token like "terraform@pve!ci"',
  ],
  ["a token's secret", { endpoint, appliesAs: ["root@pam!x=s3cret"] }, "must not be a user alone or hold the secret"],
  ["no cluster", { clusters: {} }, '"proxmox.clusters" must have a cluster'],
  ["a name that is none", { clusters: { "a b": { endpoint } } }, '"proxmox.clusters["a b"]" cannot be a name'],
  [
    "one cluster and several",
    { clusters: { a: { endpoint } }, timeout: "1s" },
    '"proxmox.timeout" must stand in each entry of "clusters"',
  ],
];
for (const [what, proxmox, expected] of wrong) {
  Deno.test(`parseConfigFile() refuses ${what} of a witness`, () => {
    const found = problem(proxmox);
    assert(found.includes(expected) && !found.includes("\n"), found);
  });
}
