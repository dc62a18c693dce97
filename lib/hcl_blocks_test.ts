import { assertEquals, assertThrows } from "@std/assert";
import { hclBlocks } from "./hcl_blocks.ts";

/** The blocks of a text, short: `type label{name=text;block{}}`. */
function outline(source: string): string {
  const short = ({ type, labels, texts, blocks }: ReturnType<typeof hclBlocks>[number]): string => {
    const attributes = Object.entries(texts).map(([name, text]) => `${name}=${text}`);
    return `${[type, ...labels].join(" ")}{${[...attributes, ...blocks.map(short)].join(";")}}`;
  };
  return hclBlocks(source).map(short).join(" ");
}

Deno.test("hclBlocks() finds blocks in blocks, with their labels and plain texts", () => {
  const source = `
terraform {
  required_version = ">= 1.8"
  backend "s3" { key = "a/b" }
}
module "vm" {
  source  = "./modules/vm" # ours
  version = var.version
  count   = 2
}
provider proxmox {}
`;
  assertEquals(
    outline(source),
    "terraform{required_version=>= 1.8;backend s3{key=a/b}} module vm{source=./modules/vm} provider proxmox{}",
  );
});

Deno.test("hclBlocks() takes nothing for a block that stands in a comment, a text, a heredoc or an expression", () => {
  const cases = [
    '# provider "a" {\n// module "b" {\n/* backend "c" {\n} */',
    'locals {\n  a = "provider \\"a\\" {"\n}',
    'locals {\n  a = <<EOT\nprovider "a" {\n  }}\nEOT\n}',
    'locals {\n  a = <<-EOT\n    provider "a" {\n    EOT\n  b = "x"\n}',
    'locals {\n  a = {\n    provider = "b"\n    backend = { c = "}" }\n  }\n}',
    'locals {\n  a = [for x in y : "provider"]\n}',
    'locals {\n  a = "${join("}", [for x in var.y : "${x}\\"{"])} $${not} %{if true}{%{endif}"\n}',
    "locals {\n  a = 1 // provider {\n  b = 2 # module {\n  c = x /* { */ + 1\n}",
  ];
  for (const source of cases) {
    const names = hclBlocks(source).flatMap(({ type, blocks }) => [type, ...blocks.map(({ type }) => type)]);
    assertEquals(names.filter((name) => name !== "locals"), [], source);
  }
});

Deno.test("hclBlocks() tells an attribute that is one quoted text from every other", () => {
  const source =
    'a {\n  one = "x"\n  two = "x" == y\n  three = ("x")\n  four = ["x"]\n  five = "x/${var.y}"\r\n  six = <<E\nx\nE\n}';
  assertEquals(outline(source), "a{one=x;five=x/${var.y}}");
});

Deno.test("hclBlocks() reads one line, Windows' line ends, a byte order mark and an empty file", () => {
  assertEquals(outline('module "a" { source = "./a" }'), "module a{source=./a}");
  assertEquals(outline('\uFEFFmodule "a" {\r\n  source = "./a"\r\n}\r\n'), "module a{source=./a}");
  assertEquals(outline("\n# nothing\n"), "");
  assertEquals(outline('a { b = "" }\nc{}'), "a{b=} c{}");
  assertEquals(outline("locals {\n  a = <<E\nE\n  b = <<E\n  E2\n  E\n}"), "locals{}");
});

Deno.test("hclBlocks() refuses what is not closed, since the rest cannot be told", () => {
  for (
    const source of ["a {", "}", 'a { b = "x }', "a { b = [1 }", "a { b = {\n}", "a = <<E\nx\n}", "a b", "=", '"', "/*"]
  ) {
    assertThrows(() => hclBlocks(source), SyntaxError);
  }
});

Deno.test("hclBlocks() reads a large file in linear time", () => {
  const source = 'resource "a" "b" {\n  x = "${y}" # {\n  z = <<E\n}\nE\n}\n'.repeat(20_000) + " ".repeat(1_000_000);
  const start = performance.now();
  assertEquals(hclBlocks(source).length, 20_000);
  if (performance.now() - start > 5000) throw new Error(`It took ${performance.now() - start} ms`);
});
