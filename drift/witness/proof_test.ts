import { assertEquals } from "@std/assert";
import { ENDPOINT, guest } from "../../tests/support/played_cluster.ts";
import type { GuestClaim } from "./claims.ts";
import { type Grounds, prove, serverOf } from "./proof.ts";

const claim = (kind: "qemu" | "lxc", id: number, more: Partial<GuestClaim> = {}): GuestClaim => ({
  ...{ kind, id, name: `g${id}`, node: "pve1", address: `x.g${id}` },
  ...more,
});
const TWO = [claim("qemu", 101), claim("lxc", 201)];
const LISTED = [guest("qemu", 101), guest("lxc", 201), guest("qemu", 100)];

function said(refreshed: GuestClaim[], more: Partial<Grounds> & { endpoint?: string } = {}): string {
  const { endpoint, ...grounds } = more;
  const proof = prove(
    { refreshed, ...(endpoint === undefined ? {} : { endpoint }) },
    { isNamed: false, endpoints: [ENDPOINT], listed: LISTED, ...grounds },
  );
  if (proof.isProven) return proof.by;
  return proof.mismatches.map((one) => `${one.claim.id} ${one.differsIn}`).join() || "not proven";
}

Deno.test("prove() needs a name, the endpoint, or two guests that are the same in number, kind, name and node", () => {
  const rows: [string, string][] = [
    [said(TWO), "guests"],
    [said([claim("qemu", 101)]), "not proven"],
    [said([]), "not proven"],
    // Every cluster has a guest 100.
    [said([claim("qemu", 100, { name: undefined as never }), claim("qemu", 101)]), "not proven"],
    [said([claim("qemu", 101), claim("lxc", 201, { node: "pve2" })]), "not proven"],
    [said(TWO, { listed: [guest("qemu", 101), guest("lxc", 201, { name: undefined as never })] }), "not proven"],
    [said(TWO, { listed: [] }), "not proven"],
    [said([], { isNamed: true }), "name"],
    [said([claim("qemu", 101)], { isNamed: true }), "name"],
    // It moved since.
    [said([claim("qemu", 101, { node: "pve2" })], { isNamed: true }), "name"],
    [said([], { endpoint: "https://PVE1.example.org:8006/api2/json" }), "endpoint"],
    [said([], { endpoint: "https://pve2.example.org:8006/" }), "not proven"],
  ];
  for (const [at, [found, wanted]] of rows.entries()) assertEquals(found, wanted, `row ${at}`);
});

Deno.test("prove() takes one mismatch of name or kind for the proof of another cluster, unless the endpoint is its own", () => {
  const other = [...TWO, claim("qemu", 100, { name: "else" })];
  assertEquals(said(other), "100 name");
  assertEquals(said(other, { isNamed: true }), "100 name");
  assertEquals(said([...TWO, claim("lxc", 100)], { isNamed: true }), "100 kind");
  assertEquals(said(other, { endpoint: ENDPOINT }), "endpoint");
  // The list lags behind, and the guest's own configuration has the name.
  assertEquals(said(other, { otherNames: new Map([["qemu/100", ["else"]]]) }), "guests");
});

Deno.test("serverOf() makes addresses of one server the same", () => {
  assertEquals(serverOf("https://PVE1.example.org.:8006/api2/json/"), serverOf("https://pve1.example.org:8006"));
  assertEquals(serverOf("https://pve1"), serverOf("https://pve1:443/"));
  assertEquals(serverOf("https://[2001:DB8::1]:8006"), serverOf("https://[2001:db8::1]:8006/"));
  assertEquals(serverOf("https://pve1:8006") === serverOf("https://pve1:8007"), false);
  assertEquals(serverOf("(hidden)"), "(hidden)");
});
