import { assertEquals, assertThrows } from "@std/assert";
import { clustersOf, withClusters } from "./clusters.ts";
import type { Environment } from "./config.ts";
import { UsageError } from "../usage_error.ts";

const endpoint = ["https://pve1:8006"];
const environment = (name: string): Environment => ({
  name,
  dir: `/e/${name}`,
  varFiles: [],
  backendConfig: [],
  timeoutMs: 1,
});

Deno.test("clustersOf() fills in what one cluster does not say", () => {
  assertEquals(clustersOf({ endpoint: ["https://PVE1:8006/"] }, "/etc/pve-drift"), [{
    name: "proxmox",
    endpoints: endpoint,
    token: { credential: "proxmox-token", variable: "PVE_DRIFT_PROXMOX_TOKEN" },
    insecure: false,
    timeoutMs: 10_000,
    unmanaged: true,
    exclude: [],
    details: true,
    snapshotAgeMs: 30 * 86_400_000,
    who: true,
    appliesAs: [],
    ha: "report",
  }]);
  assertEquals(clustersOf(undefined, "/"), []);
});

Deno.test("clustersOf() finds files from where the configuration is, and tokens of several by their names alone", () => {
  const [a, b] = clustersOf({
    clusters: {
      a: { endpoint, tokenFile: "a-token", ca: "ca.pem" },
      b: { endpoint, tokenFile: "/b", fingerprint: ["AB"] },
    },
  }, "/etc/pve-drift");
  assertEquals([a!.token, a!.ca], [
    { credential: "a.proxmox-token", file: "/etc/pve-drift/a-token" },
    "/etc/pve-drift/ca.pem",
  ]);
  assertEquals([b!.token.file, b!.fingerprints], ["/b", ["AB"]]);
});

Deno.test("withClusters() gives an environment the one cluster there is, the one that it names, or none", () => {
  const [one, ...others] = clustersOf({ clusters: { main: { endpoint }, site2: { endpoint } } }, "/");
  const environments = ["a", "b", "c"].map(environment);
  const entries = { b: { proxmox: "main" }, c: { proxmox: false as const } };
  const of = (clusters: typeof others) => withClusters(environments, entries, clusters).map(({ cluster }) => cluster);
  assertEquals(of([one!]), [{ name: "main", isNamed: false }, { name: "main", isNamed: true }, undefined]);
  assertEquals(of([one!, ...others]), [undefined, { name: "main", isNamed: true }, undefined]);
  const { message } = assertThrows(() => withClusters(environments, { b: { proxmox: "mian" } }, [one!]), UsageError);
  assertEquals(message, 'Cannot use cluster "mian" of environment "b": did you mean "main"? known are "main"');
  assertThrows(() => withClusters(environments, entries, []), UsageError, 'no cluster is configured under "proxmox"');
});
