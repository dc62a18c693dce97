import { relative } from "node:path";
import { assert, assertEquals, assertRejects } from "@std/assert";
import { useText } from "../../sinks/load.ts";
import { parseCli } from "../cli/parse.ts";
import type { Config } from "./config.ts";
import { type Host, loadConfig, type Needs } from "./load.ts";
import { UsageError } from "../usage_error.ts";

interface Site {
  /** The folder that everything is in: `site/cwd` is the working directory. */
  site: string;
  host: Host;
  put(path: string, text?: string, mode?: number): Promise<void>;
  load(args: string, host?: Partial<Host>): Promise<Config>;
}

/** As each command has them. */
const NEEDS: Record<string, Needs> = {
  check: { environments: true, terraform: true, sinks: "configured" },
  doctor: { environments: true, terraform: true, sinks: "configured" },
  sinks: { environments: true, terraform: false, sinks: "configured" },
  replay: { environments: false, terraform: false, sinks: "console" },
  "dry run": { environments: false, terraform: false, sinks: "configured" },
  __environments: { environments: true, terraform: false, sinks: "none" },
};

async function withSite(run: (site: Site) => Promise<void>): Promise<void> {
  const site = await Deno.makeTempDir();
  const host: Host = {
    cwd: `${site}/cwd`,
    env: { PATH: `relative::${site}/bin`, HOME: `${site}/home` },
    defaultSinks: () => Promise.resolve(["console", "logfile", "prom"]),
    uid: Deno.uid()!,
    cores: 4,
    system: { config: `${site}/etc`, state: `${site}/var` },
  };
  const put = async (path: string, text = "", mode = 0o644) => {
    await Deno.mkdir(`${site}/${path.slice(0, path.lastIndexOf("/"))}`, { recursive: true });
    await Deno.writeTextFile(`${site}/${path}`, text);
    await Deno.chmod(`${site}/${path}`, mode);
  };
  try {
    await Deno.mkdir(host.cwd);
    await run({
      site,
      host,
      put,
      load: (args, more) => {
        const cli = parseCli(args.split(" ").filter((word) => word !== ""));
        return loadConfig(cli, NEEDS[cli.dryRun ? "dry run" : cli.command]!, { ...host, ...more });
      },
    });
  } finally {
    await Deno.remove(site, { recursive: true });
  }
}

const ROOT = "infrastructure/proxmox/environments";

Deno.test("loadConfig() needs no file when there is a folder of environments", () =>
  withSite(async ({ site, put, load }) => {
    for (const name of ["prod", "lab", "my env"]) await put(`cwd/${ROOT}/${name}/main.tf`);
    await put("bin/terraform", "", 0o755);
    const environment = (name: string) => ({
      name,
      dir: `${site}/cwd/${ROOT}/${name}`,
      varFiles: [],
      backendConfig: [],
      timeoutMs: 900_000,
    });
    const config = await load("--all");
    assertEquals(config.sinks.map(({ use }) => useText(use)), ["console", "logfile", "prom"]);
    assertEquals({ ...config, sinks: [] }, {
      root: `${site}/cwd/${ROOT}`,
      environments: [environment("lab"), environment("prod")],
      passedOver: [
        { name: "my env", path: "my env", real: await Deno.realPath(`${site}/cwd/${ROOT}/my env`), why: "nameless" },
      ],
      secretFiles: [],
      envFiles: [],
      terraform: {
        bin: `${site}/bin/terraform`,
        lock: "confirm",
        lockTimeoutMs: 60_000,
        confirmPowerAfterMs: 120_000,
        parallelism: 10,
        env: {},
      },
      concurrency: 2,
      runTimeoutMs: 3_600_000,
      planAtLeastMs: 93_600_000,
      values: "show",
      stateDir: `${site}/home/.local/state/pve-drift`,
      sinks: [],
      accept: [],
      noise: true,
      clusters: [],
    });
  }));

Deno.test("loadConfig() reads paths from where they are written: the file, the environment, the command line", () =>
  withSite(async ({ site, put, load }) => {
    const environments = {
      prod: {
        dir: "../p",
        varFiles: ["a.tfvars", "/b.tfvars"],
        backendConfig: ["b.hcl", "key=x", "odd=name.hcl"],
        workspace: "w",
      },
      lab: { timeout: "1m", proxmox: false },
      "old one": false,
    };
    const file = {
      root: "envs",
      environments,
      terraform: {
        bin: "./tf",
        lock: "none",
        lockTimeout: "0s",
        confirmPowerAfter: "90s",
        parallelism: 3,
        env: { TF_VAR_x: "1" },
      },
      concurrency: 7,
      timeout: "2m",
      runTimeout: "3m",
      planAtLeast: "2h",
      values: "hide",
      stateDir: "state",
      sinks: ["console", { use: "file:./ntfy.ts", timeout: "9s", allow: ["net=x"], topic: "t" }],
      accept: [{ address: "a", path: "p", reason: "r" }],
      noise: ["bpg-tags"],
      proxmox: { endpoint: "https://pve1:8006", tokenFile: "token", ca: "ca.pem", who: false },
    };
    await put("etc/pve-drift.json", JSON.stringify(file));
    for (const name of ["lab", "stranger", "old one"]) await put(`etc/envs/${name}/main.tf`);
    await put("etc/p/odd=name.hcl");
    await put("etc/tf", "", 0o755);
    await put("etc/ntfy.ts");
    const expected: Config = {
      file: `${site}/etc/pve-drift.json`,
      root: `${site}/etc/envs`,
      environments: [
        {
          name: "prod",
          dir: `${site}/etc/p`,
          varFiles: [`${site}/etc/p/a.tfvars`, "/b.tfvars"],
          backendConfig: [`${site}/etc/p/b.hcl`, "key=x", `${site}/etc/p/odd=name.hcl`],
          workspace: "w",
          timeoutMs: 120_000,
          cluster: { name: "proxmox", isNamed: false },
        },
        { name: "lab", dir: `${site}/etc/envs/lab`, varFiles: [], backendConfig: [], timeoutMs: 60_000 },
      ],
      passedOver: [
        { name: "stranger", path: "stranger", real: await Deno.realPath(`${site}/etc/envs/stranger`), why: "unlisted" },
      ],
      secretFiles: [
        `${site}/etc/p/a.tfvars`,
        "/b.tfvars",
        `${site}/etc/p/b.hcl`,
        `${site}/etc/p/odd=name.hcl`,
        `${site}/etc/token`,
      ],
      envFiles: [],
      terraform: {
        bin: `${site}/etc/tf`,
        lock: "none",
        lockTimeoutMs: 0,
        confirmPowerAfterMs: 90_000,
        parallelism: 3,
        env: { TF_VAR_x: "1" },
      },
      concurrency: 7,
      runTimeoutMs: 180_000,
      planAtLeastMs: 7_200_000,
      values: "hide",
      stateDir: `${site}/etc/state`,
      sinks: [
        {
          use: { kind: "built-in", name: "console" },
          options: {},
          allow: [],
          env: [],
          from: "configuration",
          dir: `${site}/etc`,
        },
        {
          use: { kind: "file", path: `${site}/etc/ntfy.ts` },
          written: "file:./ntfy.ts",
          options: { topic: "t" },
          timeoutMs: 9000,
          allow: ["net=x"],
          env: [],
          from: "configuration",
          dir: `${site}/etc`,
        },
      ],
      accept: [{ address: "a", path: "p", reason: "r" }],
      noise: ["bpg-tags"],
      clusters: [{
        name: "proxmox",
        endpoints: ["https://pve1:8006"],
        token: { credential: "proxmox-token", variable: "PVE_DRIFT_PROXMOX_TOKEN", file: `${site}/etc/token` },
        ca: `${site}/etc/ca.pem`,
        insecure: false,
        timeoutMs: 10_000,
        unmanaged: true,
        exclude: [],
        details: true,
        snapshotAgeMs: 30 * 86_400_000,
        who: false,
        appliesAs: [],
        ha: "report",
      }],
    };
    assertEquals(await load("--all"), expected);

    await put("cwd/other/a/main.tf");
    const changed = await load("--all --root other --concurrency 1 --timeout 5s --lock-timeout 6s --sink exec:./x");
    assertEquals(changed.root, `${site}/cwd/other`);
    assertEquals(changed.environments.map(({ timeoutMs }) => timeoutMs), [5000, 5000]);
    assertEquals([changed.terraform.lockTimeoutMs, changed.concurrency], [6000, 1]);
    assertEquals(changed.sinks.map(({ use }) => useText(use)), [`exec:${site}/cwd/x`]);
    assertEquals(changed.passedOver.map(({ path }) => path), ["a"]);
  }));

Deno.test("loadConfig() finds environments at every depth, and takes entries for them by the names they have", () =>
  withSite(async ({ site, put, load }) => {
    const provider = 'provider "proxmox" {}\n';
    await put("cwd/repo/main.tf", `${provider}module "talos" { source = "./talos" }`);
    await put("cwd/repo/talos/main.tf", "");
    await put("cwd/repo/prod/network/main.tf", provider);
    await put("cwd/repo/prod/vms/main.tf", provider);
    const place = ({ environments, passedOver }: Config) => [
      environments.map(({ name, dir }) => `${name} ${dir.slice(`${site}/cwd`.length)}`),
      passedOver.map(({ name, why }) => `${name} ${why}`),
    ];
    const all = ["repo /repo", "prod.network /repo/prod/network", "prod.vms /repo/prod/vms"];
    assertEquals(place(await load("--all --root repo")), [all, []]);

    const configure = (environments: object) =>
      put("cwd/pve-drift.json", JSON.stringify({ root: "repo", environments }));
    await configure({ "prod.vms": {}, talos: {}, "prod/network": false });
    assertEquals(place(await load("--all")), [
      ["prod.vms /repo/prod/vms", "talos /repo/talos"],
      ["repo unlisted"],
    ]);
    await configure({ "prod.vms": false, repo: false });
    assertEquals(place(await load("--all")), [[all[1]], []], "nothing but false leaves those out");
    await configure({ one: { dir: ".", workspace: "a" }, two: { dir: ".", workspace: "b" } });
    assertEquals(place(await load("--all")), [
      ["one /repo", "two /repo"],
      ["prod.network unlisted", "prod.vms unlisted"],
    ]);

    await put("cwd/repo/prod.vms/main.tf", "");
    await Deno.remove(`${site}/cwd/pve-drift.json`);
    await assertRejects(() => load("--all --root repo"), UsageError, 'would both be called "prod.vms"');
  }));

Deno.test("loadConfig() takes the user's own configuration where there is no other", () =>
  withSite(async ({ site, put, load }) => {
    await put("home/.config/pve-drift/pve-drift.json", '{ "concurrency": 3 }');
    assertEquals((await load("--all")).file, `${site}/home/.config/pve-drift/pve-drift.json`);
    await put("xdg/pve-drift/pve-drift.json", '{ "concurrency": 4 }');
    const env = { HOME: `${site}/home`, XDG_CONFIG_HOME: `${site}/xdg` };
    assertEquals((await load("--all", { env })).concurrency, 4);
    await put("etc/pve-drift.json", '{ "concurrency": 5 }');
    assertEquals((await load("--all", { env })).concurrency, 5);
  }));

Deno.test("loadConfig() says what it saw near by where there is no environment, in the user's words", () =>
  withSite(async ({ put, load }) => {
    const nearby = async (args: string) => (await load(args)).nearby!;
    const seen = async (args: string) => (await nearby(args)).seen.join("\n");
    assertEquals(await nearby("--all"), { seen: [] });
    assertEquals(await nearby("--all --root nowhere"), { where: '"nowhere"', seen: ["That folder does not exist"] });
    await put("cwd/main.tf");
    assert(/working directory holds code itself, but no lock file/.test(await seen("--all")));
    for (const name of ["a", "b"]) await put(`cwd/mods/${name}/main.tf`);
    assert((await seen("--all --root mods/x")).includes("2 folders further down hold code that is taken for modules"));
    const { where, seen: [first] } = await nearby("--all --root .");
    assertEquals(where, '"."');
    assert(first!.startsWith("It holds code itself"));
    await put("cwd/live/one/terragrunt.hcl");
    assert((await seen("--all")).includes("The working directory holds a folder of Terragrunt"));
    assert((await nearby("--all")).cure!.includes("docs/DRIFT-DETECTION.md#terragrunt"));
    await put("cwd/lab/main.tf", 'provider "proxmox" {}');
    assert((await seen("--all")).includes('The working directory holds "lab"'));
    assertEquals((await nearby("--all")).cure, "To check what the working directory holds, add --root .");
    assertEquals((await load("--all --root .")).nearby, undefined);
  }));

Deno.test("loadConfig() says that the configuration leaves all environments out", () =>
  withSite(async ({ put, load }) => {
    await put("cwd/envs/lab/main.tf");
    await put("cwd/pve-drift.json", '{ "root": "envs", "environments": { "lab": false } }');
    const { environments, nearby } = await load("--all");
    assertEquals(environments, []);
    assertEquals(nearby, {
      where: '"envs"',
      seen: ['"environments" in the configuration leaves out all that there are: lab'],
      cure: 'Remove "NAME": false from the configuration for each one to check',
    });
  }));

Deno.test("loadConfig() refuses two entries that would check the same", () =>
  withSite(async ({ put, load }) => {
    await put("cwd/envs/lab/main.tf");
    const twins = (more: string) =>
      put("cwd/pve-drift.json", `{ "root": "envs", "environments": { "lab": {}, "twin": { "dir": "lab"${more} } } }`);
    for (const more of ["", ', "timeout": "5m"']) {
      await twins(more);
      await assertRejects(
        () => load("--all"),
        UsageError,
        'Cannot tell environments "lab" and "twin" apart: both check',
      );
    }
    for (const more of ['"workspace": "x"', '"varFiles": ["x"]', '"bin": "tofu"', '"env": { "A": "1" }']) {
      await twins(`, ${more}`);
      assertEquals((await load("--all")).environments.length, 2);
    }
  }));

Deno.test("loadConfig() warns of a folder that an entry of its name does not lead to", () =>
  withSite(async ({ put, load }) => {
    await put("cwd/envs/prod/vms/main.tf");
    await put("cwd/pve-drift.json", '{ "root": "envs", "environments": { "prod.vms": {} } }');
    const { passedOver } = await load("--all");
    assertEquals(passedOver.map(({ path, why }) => [path, why]), [["prod/vms", "misnamed"]]);
    await put("cwd/pve-drift.json", '{ "root": "envs", "environments": { "prod.vms": { "dir": "prod/vms" } } }');
    assertEquals((await load("--all")).passedOver, []);
  }));

Deno.test("loadConfig() says that a program is a folder, before it says whose it is", () =>
  withSite(async ({ put, load }) => {
    await put("cwd/pve-drift.json", '{ "terraform": { "bin": "/tmp" } }');
    await assertRejects(
      () => load("--all"),
      UsageError,
      'Cannot use "/tmp": it is a folder, wanted a file',
    );
  }));

Deno.test("loadConfig() keeps an environment whose folder is missing: that is its own error, not the others'", () =>
  withSite(async ({ put, load }) => {
    await put("cwd/pve-drift.json", JSON.stringify({ environments: { gone: {}, here: {} } }));
    assertEquals((await load("--all")).environments.map(({ name }) => name), ["gone", "here"]);
    assertEquals((await load("--all --root /nowhere")).environments[0]!.dir, "/nowhere/gone");
    await put("cwd/file");
    await assertRejects(
      () => load("--all --root file"),
      UsageError,
      `Cannot look for environments in "file": Not a directory`,
    );
  }));

Deno.test("loadConfig() looks for no environments where recorded plans take their place", () =>
  withSite(async ({ put, load }) => {
    await put(`cwd/${ROOT}/prod/main.tf`);
    await put("cwd/file");
    for (const args of ["--dry-run", "replay x", "--dry-run --root file"]) {
      assertEquals((await load(args)).environments, []);
    }
    assertEquals((await load("__environments")).environments.map(({ name }) => name), ["prod"]);
  }));

Deno.test("loadConfig() checks as many environments at a time as there are cores, two at least", () =>
  withSite(async ({ put, load }) => {
    const concurrency = async (cores: number) => (await load("--all", { cores })).concurrency;
    assertEquals(await concurrency(4), 1);
    for (const name of ["a", "b", "c", "d", "e"]) await put(`cwd/${ROOT}/${name}/main.tf`);
    assertEquals([await concurrency(1), await concurrency(4), await concurrency(64)], [2, 4, 5]);
  }));

Deno.test("loadConfig() finds the program that PATH means, and leaves a missing one to the check", () =>
  withSite(async ({ site, put, load }) => {
    assertEquals((await load("--all")).terraform.bin, "terraform");
    await put("cwd/relative/terraform", "", 0o755);
    await put("bin/terraform", "", 0o644);
    assertEquals((await load("--all")).terraform.bin, "terraform");
    await put("bin/tofu", "", 0o755);
    assertEquals((await load("--all")).terraform.bin, `${site}/bin/tofu`);
    await put("bin2/terraform", "", 0o755);
    const PATH = relative(Deno.cwd(), `${site}/bin2`);
    assertEquals((await load("--all", { env: { PATH, HOME: `${site}/home` } })).terraform.bin, "terraform");
    const env = { PATH: `${site}/bin:${site}/bin2`, HOME: `${site}/home` };
    assertEquals((await load("--all", { env })).terraform.bin, `${site}/bin2/terraform`);
    await put("cwd/pve-drift.json", `{ "terraform": { "bin": "tofu-1.9" } }`);
    assertEquals((await load("--all", { env })).terraform.bin, "tofu-1.9");
    await put("cwd/pve-drift.json", `{ "terraform": { "bin": "terraform" } }`);
    assertEquals((await load("--all")).terraform.bin, "terraform", "what is configured is not exchanged");
    await put("cwd/pve-drift.json", `{ "terraform": { "bin": "/nowhere/tofu" } }`);
    assertEquals((await load("--all", { env })).terraform.bin, "/nowhere/tofu");
  }));

Deno.test("loadConfig() refuses a terraform that others could have changed, unless none is run", () =>
  withSite(async ({ site, put, load }) => {
    await put("bin/terraform", "", 0o777);
    for (const args of ["--all", "doctor"]) {
      await assertRejects(
        () => load(args),
        UsageError,
        `Cannot trust "${site}/bin/terraform": must be writable by its owner`,
      );
    }
    for (const args of ["--dry-run", "replay x", "sinks", "__environments"]) {
      assertEquals((await load(args)).terraform.bin, `${site}/bin/terraform`);
    }
    await put("really/tf", "", 0o757);
    await put("cwd/pve-drift.json", `{ "terraform": { "env": { "PATH": "${site}/other:/bin" } } }`);
    await put("other/terraform", "", 0o777);
    await assertRejects(() => load("--all"), UsageError, `Cannot trust "${site}/other/terraform"`);
    await Deno.remove(`${site}/cwd/pve-drift.json`);
    await Deno.remove(`${site}/bin/terraform`);
    const { success } = await new Deno.Command("ln", { args: ["-s", `${site}/really/tf`, `${site}/bin/terraform`] })
      .output();
    assert(success);
    await assertRejects(() => load("--all"), UsageError, `(really "${site}/really/tf")`);
  }));

Deno.test("loadConfig() refuses plugins that others could have changed, and leaves missing ones to their sink", () =>
  withSite(async ({ site, put, load }) => {
    await put("cwd/ntfy", "", 0o777);
    for (const spec of ["exec:ntfy", "+file:./ntfy"]) {
      for (
        const args of [
          `--all --sink ${spec}`,
          `--dry-run --sink ${spec}`,
          `sinks --sink ${spec}`,
          `replay x --sink ${spec}`,
        ]
      ) {
        await assertRejects(() => load(args), UsageError, `Cannot trust "${site}/cwd/ntfy"`);
      }
    }
    await put("cwd/pve-drift.json", `{ "sinks": ["exec:./ntfy"] }`);
    await assertRejects(() => load("--all"), UsageError, `Cannot trust "${site}/cwd/ntfy"`);
    await load("__environments");
    await Deno.remove(`${site}/cwd/ntfy`);
    assertEquals((await load("--all")).sinks.map(({ use }) => useText(use)), [`exec:${site}/cwd/ntfy`]);
  }));

Deno.test("loadConfig() keeps its memory where the configuration, systemd, the system or the user has a place", () =>
  withSite(async ({ site, put, load }) => {
    const at = async (env: Record<string, string>) => (await load("--all", { env })).stateDir;
    const HOME = `${site}/home`;
    assertEquals(await at({ HOME }), `${HOME}/.local/state/pve-drift`);
    assertEquals(await at({ HOME, XDG_STATE_HOME: `${site}/xdg` }), `${site}/xdg/pve-drift`);
    assertEquals(await at({ HOME, XDG_STATE_HOME: "relative" }), `${HOME}/.local/state/pve-drift`);
    await assertRejects(() => at({}), UsageError, 'Cannot tell where to keep memory: set "stateDir"');
    await assertRejects(() => at({ HOME: "" }), UsageError, "or HOME");
    for (const args of ["--dry-run", "replay x"]) assertEquals((await load(args, { env: {} })).stateDir, `${site}/var`);
    await Deno.mkdir(`${site}/var`);
    assertEquals(await at({ HOME, XDG_STATE_HOME: `${site}/xdg` }), `${site}/var`);
    assertEquals(await at({ STATE_DIRECTORY: `${site}/a:${site}/b` }), `${site}/a`);
    await assertRejects(() => at({ STATE_DIRECTORY: "a" }), UsageError, "STATE_DIRECTORY must be an absolute path");
    await put("cwd/pve-drift.json", `{ "stateDir": "mine" }`);
    assertEquals(await at({ STATE_DIRECTORY: `${site}/a` }), `${site}/cwd/mine`);
  }));

Deno.test("loadConfig() loads no schema library when there is no file", async () => {
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["info", "--json", new URL("load.ts", import.meta.url).pathname],
  }).output();
  const { modules } = JSON.parse(new TextDecoder().decode(stdout)) as {
    modules: {
      specifier: string;
      dependencies?: { specifier: string; isDynamic?: boolean; code?: { specifier: string } }[];
    }[];
  };
  const seen = new Set<string>();
  const visit = (specifier: string): void => {
    if (seen.has(specifier)) return;
    seen.add(specifier);
    const module = modules.find((module) => module.specifier === specifier);
    for (const { isDynamic, code } of module?.dependencies ?? []) if (!isDynamic && code) visit(code.specifier);
  };
  visit(new URL("load.ts", import.meta.url).href);
  assert([...seen].some((specifier) => specifier.endsWith("/config/file.ts")));
  assertEquals([...seen].filter((specifier) => /zod|jsonc|config.schema/.test(specifier)), []);
});

Deno.test("loadConfig() takes an environment's folder below root, or else from where the file is", () =>
  withSite(async ({ site, put, load }) => {
    for (const path of ["etc/envs/a", "etc/a", "etc/envs/b", "etc/other/c"]) await put(`${path}/main.tf`);
    const environments = {
      one: { dir: "a" },
      two: { dir: "envs/b" },
      three: { dir: "other/c" },
      none: { dir: "gone" },
    };
    await put("etc/pve-drift.json", JSON.stringify({ root: "envs", environments, sinks: [] }));
    const { environments: found } = await load("--all");
    assertEquals(
      found.map(({ dir }) => dir),
      ["envs/a", "envs/b", "other/c", "envs/gone"].map((dir) => `${site}/etc/${dir}`),
    );
  }));
