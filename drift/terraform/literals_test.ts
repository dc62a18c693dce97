import { assertEquals } from "@std/assert";
import { type Found, literalsIn } from "./literals.ts";

/** As `block/names=text`, `*` for what stands in `sensitive()`. */
function literals(text: string): string[] {
  return texts(text).map(({ block, names, parts, isSensitive }) =>
    `${block.join(".")}/${names.join(".")}=${parts.join("~")}${isSensitive ? "*" : ""}`
  );
}

function texts(text: string) {
  return [...literalsIn(text)].filter((one): one is Extract<Found, { kind: "text" }> => one.kind === "text");
}

Deno.test("literalsIn() gives texts with the attributes and blocks that they stand under", () => {
  assertEquals(
    literals(`
      # password = "in a comment"
      // token = "in another"
      /* secret = "in a third"
         "over lines" */
      top = "one"
      resource "x_y" "this" {
        password = "two" # and more
        block {
          token = "three"
          inner { deep = "four" }
        }
        dynamic "disk" { content { key = "five" } }
      }
      variable "db_password" {
        type    = string
        default = "six"
      }
      locals { a = "seven" }
    `),
    [
      "/top=one",
      "resource.x_y.this/password=two",
      "resource.x_y.this/block.token=three",
      "resource.x_y.this/block.inner.deep=four",
      "resource.x_y.this/dynamic.disk.content.key=five",
      "variable.db_password/default=six",
      "locals/a=seven",
    ],
  );
});

Deno.test("literalsIn() follows lists, objects and functions that keep their arguments", () => {
  assertEquals(
    literals(`
      passwords = ["a1", "a2"]
      nested = { token = "b1", "quoted" = "b2", colon : "b3", list = [{ key = "b4" }] }
      call = jsonencode({ password = base64encode("c1") })
      marked = sensitive("d1")
      choice = var.x == "no" ? "e1" : "e2"
      spread = [
        "f1",
        "f2",
      ]
      after = "g1"
    `),
    [
      "/passwords=a1",
      "/passwords=a2",
      "/nested.token=b1",
      "/nested.quoted=b2",
      "/nested.colon=b3",
      "/nested.list.key=b4",
      "/call.password=c1",
      "/marked=d1*",
      "/choice=e1",
      "/choice=e2",
      "/spread=f1",
      "/spread=f2",
      "/after=g1",
    ],
  );
});

Deno.test("literalsIn() leaves what is no part of the value: keys, indexes, paths and templates' insertions", () => {
  assertEquals(
    literals(`
      token = var.tokens["main"]
      pass = lookup(var.map, "name", "fallback")
      text = file("secret/path")
      made = templatefile("x.tpl", { password = "a1" })
      whole = "left \${var.x == "inner" ? "{" : "}"} right"
      plain = "cost $\${5}"
    `),
    ["/password=a1", "/whole=left ~ right", "/plain=cost ${5}"],
  );
});

Deno.test("literalsIn() reads escapes, heredocs and text that ends too early", () => {
  assertEquals(literals('a = "x\\"y\\n\\u00e9\\\\"'), ['/a=x"y\n\u00e9\\']);
  assertEquals(literals('a = <<EOT\n  one\n two ${x}\nEOT\nb = "c"\n'), ["/a=  one\n two ~\n", "/b=c"]);
  assertEquals(literals("a = <<-EOT\n    one\n      two\n    EOT\n"), ["/a=one\n  two\n"]);
  assertEquals(literals('a = "cut\nb = "next"'), ["/a=cut", "/b=next"]);
  assertEquals(literals("a = <<EOT\nnever ends"), ["/a=never ends"]);
  assertEquals(literals('a = "${"'), ["/a=~"]);
  assertEquals(literals(')]}} a = "b"'), ["/a=b"]);
});

Deno.test("literalsIn() tells of settings that are true, and of variables", () => {
  assertEquals([...literalsIn('variable "x" {\n  sensitive = true\n  nullable = false\n  default = null\n}\n')], [
    { kind: "true", block: ["variable", "x"], names: ["sensitive"] },
  ]);
  assertEquals([...literalsIn('module "m" {\n  password = trimspace(var.handed)\n  list = [1, var.other.part]\n}')], [
    { kind: "variable", block: ["module", "m"], names: ["password"], name: "handed" },
    { kind: "variable", block: ["module", "m"], names: ["list"], name: "other" },
  ]);
});

Deno.test("literalsIn() ends on files made to exhaust it", () => {
  for (const hostile of ['"${', "{", "[", "a = {", "/*", "<<A\n", '"\\', "(((", '"$${']) {
    assertEquals(texts(hostile.repeat(20_000)).length < 30_000, true, hostile);
  }
});
