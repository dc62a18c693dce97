import { assertEquals } from "@std/assert";
import { planned, type Sketch } from "../../tests/support/plans.ts";
import { providers } from "./registry.ts";

/** Objects of providers on the same estates, with attributes as these write them, and what people call them. */
const LABELS: [provider: string, type: string, attributes: Record<string, unknown>, label: string | undefined][] = [
  [
    "cloudflare/cloudflare",
    "cloudflare_dns_record",
    { name: "www.example.org", type: "A", content: "192.0.2.1" },
    "www.example.org",
  ],
  ["cloudflare/cloudflare", "cloudflare_zone", { id: "023e", zone: "example.org", plan: "free" }, "example.org"],
  [
    "cloudflare/cloudflare",
    "cloudflare_zero_trust_access_application",
    { name: null, domain: "git.example.org" },
    "git.example.org",
  ],
  ["hashicorp/dns", "dns_a_record_set", { name: "www", zone: "example.org.", addresses: ["192.0.2.1"] }, "www"],
  ["hashicorp/dns", "dns_mx_record_set", { name: null, zone: "example.org.", ttl: 300 }, "example.org."],
  ["hashicorp/local", "local_file", { filename: "./inventory.ini", content: "[web]\n" }, "./inventory.ini"],
  ["hashicorp/local", "local_sensitive_file", { filename: "/etc/key.pem", content: "-----BEGIN" }, "/etc/key.pem"],
  ["hashicorp/null", "null_resource", { id: "5577006791947779410", triggers: { always: "1" } }, undefined],
  [
    "hashicorp/random",
    "random_password",
    { id: "none", length: 20, result: "s3cret", bcrypt_hash: "$2a$10" },
    undefined,
  ],
  ["hashicorp/random", "random_id", { b64_std: "x+/", hex: "c7e0", keepers: { name: "web" } }, undefined],
  ["siderolabs/talos", "talos_machine_configuration_apply", { node: "10.0.0.11", endpoint: "10.0.0.10" }, "10.0.0.11"],
  ["siderolabs/talos", "talos_machine_secrets", { id: "machine_secrets", talos_version: "v1.11" }, undefined],
  ["hashicorp/kubernetes", "kubernetes_deployment_v1", { metadata: [{ name: "web", namespace: "prod" }] }, "prod/web"],
  ["hashicorp/kubernetes", "kubernetes_namespace", { metadata: [{ name: "prod", labels: { name: "x" } }] }, "prod"],
  [
    "hashicorp/kubernetes",
    "kubernetes_manifest",
    { manifest: { kind: "Issuer", metadata: { name: "ca", namespace: "cert-manager" } } },
    "cert-manager/ca",
  ],
  ["browningluke/opnsense", "opnsense_firewall_alias", { name: "servers", description: "All of them" }, "servers"],
  ["browningluke/opnsense", "opnsense_unbound_host_override", { hostname: "nas", domain: "lan" }, "nas"],
  ["browningluke/opnsense", "opnsense_firewall_filter", { sequence: 1, description: "Let DNS in" }, "Let DNS in"],
  ["terraform-routeros/routeros", "routeros_interface_vlan", { name: "vlan20", comment: "IoT" }, "vlan20"],
  ["terraform-routeros/routeros", "routeros_ip_address", { address: "192.0.2.1/24", comment: "LAN" }, "192.0.2.1/24"],
  [
    "terraform-routeros/routeros",
    "routeros_ip_firewall_filter",
    { chain: "input", comment: "drop the rest" },
    undefined,
  ],
];

for (const [provider, type, attributes, name] of LABELS) {
  Deno.test(`label() names a ${type} by what names it: ${name ?? "nothing"}`, () => {
    const wanted = name && `${type.replaceAll("_", " ")} ${JSON.stringify(name)}`;
    const sketch = { address: `${type}.x`, provider_name: `registry.terraform.io/${provider}` };
    assertEquals(providers.label(planned({ ...sketch, before: attributes })), wanted);
    assertEquals(providers.label(planned({ ...sketch, after: attributes })), wanted);
  });
}

Deno.test("label() takes no sensitive value, none that is unknown and no long text for a name", () => {
  const label = (sketch: Partial<Sketch>) =>
    providers.label(planned({ address: "routeros_user.u", provider_name: "terraform-routeros/routeros", ...sketch }));
  const named = 'routeros user "admins"';
  assertEquals(label({ before: { name: "alice", description: "admins" }, sensitive: { name: true } }), named);
  assertEquals(label({ before: { name: "alice" }, sensitive: { name: true } }), undefined);
  assertEquals(label({ before: { name: "alice" }, sensitive: true }), undefined);
  assertEquals(label({ before: { metadata: [{ name: "a" }] }, sensitive: { metadata: true } }), undefined);
  assertEquals(label({ after: { name: null, description: "admins" }, unknown: { name: true } }), named);
  assertEquals(label({ before: { name: "a\nb", title: "x".repeat(81), description: "admins" } }), named);
  assertEquals(label({ before: { name: 7, title: ["x"], description: " " } }), undefined);
  const drift = planned({ address: "routeros_user.u", before: { name: "alice" }, sensitive: { name: true } });
  assertEquals(providers.label(planned({ address: "routeros_user.u", after: { name: "alice" } }), drift), undefined);
});
