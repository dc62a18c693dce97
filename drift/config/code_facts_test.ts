import { assertEquals } from "@std/assert";
import { codeFacts } from "./code_facts.ts";

const facts = (text: string, isJson = false) => {
  const { rootBlocks, localSources } = codeFacts(text, isJson);
  return [[...rootBlocks].join(), localSources.join()];
};

Deno.test("codeFacts() finds backend, cloud and provider blocks where they mean something", () => {
  assertEquals(facts('terraform {\n  backend "s3" {}\n}'), ["backend", ""]);
  assertEquals(facts('terraform {\n  cloud {}\n}\nprovider "proxmox" {}'), ["cloud,provider", ""]);
  for (
    const none of [
      'terraform {\n  required_providers {\n    proxmox = { source = "bpg/proxmox" }\n  }\n}',
      'resource "a" "b" {\n  provider = proxmox.x\n  backend {}\n}',
      '# provider "proxmox" {}',
      'module "vm" {\n  source = "bpg/x"\n  providers = { proxmox = proxmox.a }\n}',
      'locals { provider = "x" }',
    ]
  ) assertEquals(facts(none), ["", ""], none);
});

Deno.test("codeFacts() finds the sources of modules that are paths", () => {
  const call = (source: string) => `module "a" {\n  source = ${source}\n}\n`;
  const text = [
    '"./a"',
    '"../b/c"',
    '"/d"',
    '".."',
    '"./e/${var.f}"',
    '"registry/x/y"',
    '"git::ssh://g/x"',
    "var.s",
    '".hidden"',
  ]
    .map(call).join("");
  assertEquals(facts(text), ["", "./a,../b/c,/d,..,./e/${var.f}"]);
});

Deno.test("codeFacts() reads JSON as Terraform does: objects, and lists of them", () => {
  const of = (value: unknown) => facts(JSON.stringify(value), true);
  assertEquals(of({ terraform: { backend: { s3: {} } }, provider: { proxmox: {} } }), ["backend,provider", ""]);
  assertEquals(of([{ terraform: [{ cloud: {} }] }, { provider: [{ a: {} }] }]), ["cloud,provider", ""]);
  assertEquals(of({ module: { a: { source: "./a" }, b: [{ source: "../b" }] } }), ["", "./a,../b"]);
  assertEquals(of({ module: [{ a: { source: "./a" } }, { b: { source: "x/y" } }] }), ["", "./a"]);
  assertEquals(of({ terraform: { required_providers: { provider: {} } }, provider: {}, module: null }), ["", ""]);
});

Deno.test("codeFacts() takes each line of damaged code that looks like a block for one", () => {
  assertEquals(facts('terraform {\n  backend "s3" {\n\nmodule "a" {\n  source = "./a"\n'), ["backend", "./a"]);
  assertEquals(facts('provider "a" {\n  x = "\n}'), ["provider", ""]);
  assertEquals(facts('{\n  "provider": {\n    "a": {},\n', true), ["provider", ""]);
  assertEquals(facts('{"terraform":{"backend":{"s3":{}}},"module":{"a":{"source":"./a"}},', true), ["backend", "./a"]);
});

Deno.test("codeFacts() knows the folder of the code itself in a source, as OpenTofu does", () => {
  assertEquals(facts('module "a" {\n  source = "${path.module}/a"\n}\n'), ["", "./a"]);
  assertEquals(facts('module "a" {\n  source = "${path.root}/a"\n}\n'), ["", ""]);
});

Deno.test("codeFacts() names the backend's type", () => {
  const backends = (text: string, isJson = false) => codeFacts(text, isJson).backends;
  assertEquals(backends('terraform {\n  backend "s3" {}\n}'), ["s3"]);
  assertEquals(backends("terraform {\n  cloud {}\n}"), ["cloud"]);
  assertEquals(backends('{"terraform": {"backend": {"http": {}}}}', true), ["http"]);
  assertEquals(backends('provider "x" {}'), []);
});
