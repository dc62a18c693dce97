import { assert } from "@std/assert";
import { randomOf } from "../../tests/support/random.ts";
import { environmentsOf } from "./environments.ts";

const NAMES = ["prod", "lab", "envs", "modules", "vm", "my env", "a.b", "é", ".hidden", "live", "x=y"];
const TOOLS = [".terraform", ".git", ".terragrunt-cache", "node_modules"];

/** Files that make their folder the root of something. */
const ROOTS: [name: string, text: string][] = [
  ["main.tf", 'terraform {\n  backend "s3" {\n    key = "a"\n  }\n}\n'],
  ["main.tf", 'provider "proxmox" {\n  endpoint = "https://pve:8006"\n}\n'],
  ["main.tf", '\uFEFFprovider "proxmox" {}\r\n'],
  ["main.tf", 'locals {\n  a = <<-EOT\n    "${x\n    EOT\n}\nprovider proxmox {}'],
  ["main.tf", "terraform { cloud {} } # provider\n"],
  ["main.tf", 'resource "a" "b" {\n  c = "not closed\n}\n\nprovider "proxmox" {\n}\n'],
  ["z.tofu", '/* provider */ provider "proxmox" { alias = "b" }'],
  ["z.tf.json", '{"provider": {"proxmox": [{}]}}'],
  ["z.tofu.json", '[{"terraform": [{"backend": {"local": {}}}]}]'],
  ["z.tf.json", '{\n  "terraform": {\n    "backend": {\n"s3":'],
];
/** Files that do not. */
const OTHERS: [name: string, text: string][] = [
  ["main.tf", 'resource "terraform_data" "a" {}\n'],
  ["main.tf", 'terraform {\n  required_providers {\n    proxmox = { source = "bpg/proxmox" }\n  }\n}\n'],
  ["main.tf", '# provider "proxmox" {}\nvariable "backend" {}\n'],
  ["mods.tf", 'module "a" {\n  source = "./vm"\n}\nmodule "b" {\n  source = "../modules"\n}\n'],
  ["mods.tf", 'module "a" {\n  source = "../${var.x}"\n}\n'],
  ["mods.tf", 'module "a" {\n  source = "../../lab"\n}\n'],
  ["terragrunt.hcl", 'include "root" {}\n'],
  ["prod.tfvars", 'provider = "x"\n'],
  ["README.md", 'provider "proxmox" {}\n'],
];

/** Writes a tree, and gives the real paths of the folders in it that are the root of something. */
async function grow(root: string, random: () => number): Promise<string[]> {
  const pick = <T>(ones: T[]) => ones[Math.floor(random() * ones.length)]!;
  const roots: string[] = [], folders = [root], links: string[] = [];
  for (let at = 0; at < folders.length; at++) {
    const dir = folders[at]!, depth = dir.slice(root.length).split("/").length - 1;
    const isOfTools = TOOLS.some((tool) => `${dir}/`.includes(`/${tool}/`));
    if (random() < 0.4) {
      const [name, text] = pick(ROOTS);
      await Deno.writeTextFile(`${dir}/${name}`, text);
      if (!isOfTools) roots.push(dir);
    }
    for (const [name, text] of OTHERS) {
      if (random() < 0.15) await Deno.writeTextFile(`${dir}/${name}`, text, { createNew: true }).catch(() => {});
    }
    for (let i = 0; depth < 4 && i < 3; i++) {
      if (random() < (depth === 0 ? 0.1 : 0.4)) continue;
      const path = `${dir}/${pick(random() < 0.1 ? TOOLS : NAMES)}`;
      if (folders.includes(path)) continue;
      await Deno.mkdir(path);
      folders.push(path);
    }
    if (random() < 0.1) links.push(pick(folders), `${dir}/link`);
  }
  for (let i = 0; i < links.length; i += 2) {
    await new Deno.Command("ln", { args: ["-s", "--", links[i]!, links[i + 1]!] }).output();
  }
  return roots;
}

/** Entries for some of the folders that were found, `false` for others, and some for folders that are not there. */
function entriesFor(names: string[], random: () => number): Record<string, false | Record<never, never>> {
  if (random() < 0.4) return {};
  const some = names.filter(() => random() < 0.5).map((name) => [name, random() < 0.4 ? false : {}]);
  return Object.fromEntries([...some, ...random() < 0.2 ? [["gone", {}]] : []]);
}

const real = (path: string) => Deno.realPath(path).catch(() => path);

Deno.test("no tree hides a folder with a backend, cloud or provider block: it is checked, told, or left out on purpose", async () => {
  const seen = { checked: 0, told: 0, left: 0, refused: 0 };
  for (let seed = 1; seed <= 40; seed++) {
    const root = await Deno.realPath(await Deno.makeTempDir());
    const random = randomOf(seed);
    const find = (entries: Parameters<typeof environmentsOf>[0]) =>
      environmentsOf(entries, { root, base: root, timeoutMs: () => 0 });
    try {
      const roots = await grow(root, random);
      const all = await find({}).catch((error) => {
        if (!String(error).includes("would both be called")) throw error;
        return undefined;
      });
      if (!all) {
        seen.refused++;
        continue;
      }
      const names = [...all.environments, ...all.passedOver].map(({ name }) => name).filter((name) =>
        /^[A-Za-z0-9]/.test(name)
      );
      const entries = entriesFor(names, random);
      const pathOf = new Map<string, string>([
        ...await Promise.all(all.environments.map(async ({ name, dir }) => [name, await real(dir)] as const)),
        ...all.passedOver.map(({ name, real }) => [name, real] as const),
      ]);
      const { environments, passedOver } = await find(entries);
      const known = await Promise.all(environments.map(({ dir }) => real(dir)));
      const warned = passedOver.map(({ real }) => real);
      const left = Object.keys(entries).filter((name) => entries[name] === false).map((name) => pathOf.get(name));
      for (const dir of roots) {
        const count = [known, warned, left].filter((paths) => paths.includes(dir)).length;
        assert(
          count >= 1,
          `seed ${seed}: ${dir.slice(root.length) || "root"} is lost, with ${JSON.stringify(entries)}`,
        );
      }
      seen.checked += roots.filter((dir) => known.includes(dir)).length;
      seen.told += roots.filter((dir) => warned.includes(dir)).length;
      seen.left += roots.filter((dir) => left.includes(dir)).length;
    } finally {
      await Deno.remove(root, { recursive: true });
    }
  }
  const { checked, told, left, refused } = seen;
  assert(checked > 40 && told > 60 && left > 5 && refused < 10, `the trees are too plain: ${JSON.stringify(seen)}`);
});
