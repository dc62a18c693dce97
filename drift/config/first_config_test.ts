import { assertEquals } from "@std/assert";
import { configText, firstConfig, type SeenEnvironment } from "./first_config.ts";
import { parseConfigFile } from "./schema.ts";

const seen = (path: string, more: Partial<SeenEnvironment> = {}): SeenEnvironment => ({
  name: path === "" ? "repo" : path.replaceAll("/", "."),
  path,
  isTofu: false,
  ...more,
});
const both = { terraform: true, tofu: true };
const proposal = { entries: { dev: { workspace: "dev" }, prod: { workspace: "prod" } }, why: "it has workspaces" };

Deno.test("firstConfig() names no environment where none needs an entry", () => {
  assertEquals(firstConfig("/repo", [seen("a"), seen("b/c")], both, ["console"]), {
    root: "/repo",
    sinks: ["console"],
  });
});

Deno.test("firstConfig() has an entry for each environment where one folder serves several", () => {
  assertEquals(firstConfig("/repo", [seen("", { proposal })], both, []).environments, {
    dev: { dir: ".", workspace: "dev" },
    prod: { dir: ".", workspace: "prod" },
  });
  assertEquals(firstConfig("/repo", [seen("a", { proposal }), seen("b/c")], both, []).environments, {
    "a.dev": { dir: "a", workspace: "dev" },
    "a.prod": { dir: "a", workspace: "prod" },
    "b.c": {},
  });
});

Deno.test("firstConfig() keeps the name of an environment that lacks a file of variables", () => {
  const one = { entries: { "": { varFiles: ["secret.tfvars"] } }, why: "Terraform does not read it by itself" };
  assertEquals(firstConfig("/repo", [seen("", { proposal: one }), seen("a")], both, []).environments, {
    repo: { dir: ".", varFiles: ["secret.tfvars"] },
    a: {},
  });
});

Deno.test("firstConfig() gives a folder a name where its own cannot be one", () => {
  assertEquals(
    firstConfig("/repo", [seen("my env", { isNameless: true, name: "my env" }), seen("a")], both, []).environments,
    {
      "my-env": { dir: "my env" },
      a: {},
    },
  );
});

Deno.test("firstConfig() loses no environment to another of the same name", () => {
  const nameless = (name: string) => seen(name, { isNameless: true });
  const folders = [seen("my-env"), nameless("my env"), nameless("本番"), nameless("開発")];
  assertEquals(firstConfig("/repo", folders, both, []).environments, {
    "my-env": {},
    "my-env-2": { dir: "my env" },
    environment: { dir: "本番" },
    "environment-2": { dir: "開発" },
  });
  const entries = [seen("a", { proposal }), seen("a/dev")];
  assertEquals(firstConfig("/repo", entries, both, []).environments?.["a.dev-2"], { dir: "a/dev" });
});

Deno.test("firstConfig() names OpenTofu for whom it is the only one that fits", () => {
  const tofu = seen("t", { isTofu: true });
  assertEquals(firstConfig("/repo", [tofu], both, []).terraform, { bin: "tofu" });
  assertEquals(firstConfig("/repo", [seen("a")], { terraform: false, tofu: true }, []).terraform, { bin: "tofu" });
  const mixed = firstConfig("/repo", [seen("a"), tofu], both, []);
  assertEquals([mixed.terraform, mixed.environments], [undefined, { a: {}, t: { bin: "tofu" } }]);
});

Deno.test("configText() is a file that the program reads", () => {
  const config = firstConfig("/repo", [seen("", { proposal })], both, ["console", "prom"]);
  assertEquals(parseConfigFile(configText(config), "x") as unknown, config as unknown);
});
