/**
 * The Proxmox lab: an estate of three environments (`tests/lab/estate`), its state on a real S3 server, its guests on a
 * played Proxmox, applied by the real terraform or tofu with a provider, and the program run over it as a user runs it.
 *
 * The provider is the lab's own stand-in, or with LAB_PROVIDER=FOLDER whatever that filesystem mirror holds.
 *
 * @module
 */

import { join } from "node:path";
import type { EnvironmentReport } from "../../drift/report.ts";
import { type Ended, Estate } from "../support/estate.ts";
import { startFakeTelegram } from "../support/fake_telegram.ts";
import { findProgram, ROOT, run } from "../support/programs.ts";
import { type FaultProxy, startFaultProxy } from "./fault_proxy.ts";
import { type PlayedPve, startPve, TOKENS } from "./pve.ts";
import { type S3Server, startS3 } from "./s3.ts";

export { type Ended, Estate };

/** The names of the environments of the usual estate. */
export const ENVIRONMENTS = ["lab", "monitoring", "prod"] as const;

/** The code of an estate. */
export interface EstateCode {
  /** Its folder below tests/lab. */
  folder: string;
  /** Var files of each environment, as a user names them in pve-drift.json. */
  varFiles: Record<string, string[]>;
}

/** The estates that a lab can be laid out with, by the provider of their code. */
export const ESTATES: Record<"bpg" | "telmate", EstateCode> = {
  bpg: {
    folder: "estate",
    varFiles: {
      lab: ["secrets.tfvars"],
      monitoring: ["secrets.tfvars"],
      prod: ["prod.tfvars", "secrets.tfvars"],
    },
  },
  telmate: { folder: "estate_telmate", varFiles: { attic: ["secrets.tfvars"] } },
};

/** Passwords that stand in the estate's var files, and nowhere else. */
export const SECRETS = { admin: "lab-admin-Passw0rd", exporter: "lab-exporter-Passw0rd" };

/** The result of a plain `terraform plan`. */
export interface PlainPlan {
  /** 0 nothing to do, 1 error, 2 something to do. */
  code: number;
  /** On both outputs, without colors. */
  text: string;
}

/** The folder of the mirror that LAB_PROVIDER names; `undefined` if it does not exist. */
export function providerMirror(): string | undefined {
  const chosen = Deno.env.get("LAB_PROVIDER") || "stand-in";
  return chosen === "stand-in" ? findProgram("lab/provider") : chosen;
}

/** A running lab. Made by {@linkcode startLab}; disposing of it ends and removes everything. */
export class Lab implements AsyncDisposable {
  /** What pve-drift.json gives terraform beside our environment. */
  #terraformEnv: Record<string, string> = {};

  /** `dir` of the estate is where everything lies; `s3` and `pve` are its servers, `proxy` stands before the former. */
  constructor(
    /** The three environments, and how the program is run over them. */
    readonly estate: Estate,
    /** Keeps the state. */
    readonly s3: S3Server,
    /** Breaks the way to the S3 server. */
    readonly proxy: FaultProxy,
    /** Keeps the guests. */
    readonly pve: PlayedPve,
    /** Receives the messages, in place of Telegram. */
    readonly telegram: { url: string; accepted: { text: string }[] },
    readonly stack: AsyncDisposableStack,
    /** What the environments are laid out with. */
    readonly code: EstateCode = ESTATES.bpg,
  ) {}

  /** The names of the environments. */
  get names(): string[] {
    return Object.keys(this.code.varFiles);
  }

  #varFileArgs(name: string): string[] {
    return this.code.varFiles[name]!.map((file) => `-var-file=${file}`);
  }

  /** The variables that terraform and the program get. */
  get env(): Record<string, string> {
    return { ...this.estate.env, ...this.s3.env, SSL_CERT_FILE: this.pve.ca, AWS_MAX_ATTEMPTS: "1" };
  }

  /**
   * Runs terraform (or tofu) in an environment, as the administrator does. An interrupted one leaves its providers'
   * sockets in TMPDIR.
   */
  terraform(name: string, ...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
    const env = { ...this.env, TMPDIR: this.estate.dir, ...this.#terraformEnv };
    return run(this.estate.bin, [...args, "-no-color"], { cwd: this.estate.path(name), env });
  }

  async #must(name: string, ...args: string[]): Promise<string> {
    const { code, stdout, stderr } = await this.terraform(name, ...args);
    if (code !== 0) {
      throw new Error(`${this.estate.bin} ${args.join(" ")} in ${name} ended with ${code}:\n${stdout}${stderr}`);
    }
    return stdout;
  }

  /** Initializes environments. */
  async init(names: readonly string[] = this.names, ...more: string[]): Promise<void> {
    for (const name of names) {
      await this.#must(
        name,
        "init",
        "-input=false",
        ...this.backend(name).map((one) => `-backend-config=${one}`),
        ...more,
      );
    }
  }

  /** Backend configuration of an environment: a file, and its key. */
  backend(name: string): string[] {
    return ["../../backend.hcl", `key=${name}/terraform.tfstate`];
  }

  /** Arguments of an apply, with the administrator's token. */
  applyArgs(name: string, ...more: string[]): string[] {
    const token = `-var=proxmox_api_token=${TOKENS.apply}`;
    return ["apply", "-input=false", "-auto-approve", ...this.#varFileArgs(name), token, ...more];
  }

  /** Applies environments. */
  async apply(names: readonly string[] = this.names, ...more: string[]): Promise<void> {
    for (const name of names) await this.#must(name, ...this.applyArgs(name, ...more));
  }

  /** A plan as a person makes one to see whether something differs. */
  async plan(name: string, ...more: string[]): Promise<PlainPlan> {
    const { code, stdout, stderr } = await this.terraform(
      name,
      "plan",
      "-input=false",
      "-detailed-exitcode",
      "-lock=false",
      ...this.#varFileArgs(name),
      ...more,
    );
    return { code, text: stdout + stderr };
  }

  /**
   * Writes pve-drift.json: the usual one, with other options over it, and of `environments` with those named over them.
   */
  async configure(more: Record<string, unknown> = {}): Promise<void> {
    const environments = Object.fromEntries(
      this.names.map((name) => [name, { varFiles: this.code.varFiles[name], backendConfig: this.backend(name) }]),
    );
    const { terraform, environments: other, ...rest } = more;
    this.#terraformEnv = (terraform as { env?: Record<string, string> })?.env ?? {};
    await this.estate.configure({
      environments: { ...environments, ...other as object },
      terraform: { bin: this.estate.bin, lockTimeout: "5s", confirmPowerAfter: "1s", ...terraform as object },
      sinks: this.sinks(this.metrics),
      ...rest,
    });
  }

  /** The entry `proxmox` of pve-drift.json for the played Proxmox, with other options over it. */
  witness(more: Record<string, unknown> = {}): Record<string, unknown> {
    return { endpoint: this.pve.url, tokenFile: join(this.estate.dir, "proxmox-token"), ca: this.pve.ca, ...more };
  }

  /** Path of the metrics that the program writes. */
  get metrics(): string {
    return join(this.estate.dir, "pve_drift.prom");
  }

  /** Runs the program over all environments, or those named, and gives each one's report. */
  async check(
    names: readonly string[] = [],
    env: Record<string, string> = {},
  ): Promise<{ code: number; stderr: string; env: Record<string, EnvironmentReport> }> {
    const asked = names.length === 0 ? ["--all"] : names.flatMap((name) => ["--env", name]);
    const { report, code, stderr } = await this.estate.report(asked, { ...this.env, ...env });
    return { code, stderr, env: Object.fromEntries(report.environments.map((one) => [one.name, one])) };
  }

  /**
   * Lists an environment's folder, with sizes and times, and the locks of its state: a check must not change any of
   * them.
   */
  async listing(name: string): Promise<string[]> {
    const files: string[] = [];
    const walk = async (folder: string) => {
      for await (const one of Deno.readDir(folder)) {
        const path = join(folder, one.name);
        if (one.isDirectory) await walk(path);
        const { size, mtime } = await Deno.lstat(path);
        files.push(`${path} ${size} ${mtime?.toISOString()}`);
      }
    };
    await walk(this.estate.path(name));
    const locks = (await this.s3.keys()).filter((key) => key.endsWith(".tflock"));
    return [...files.sort(), ...locks];
  }

  /** The sinks of every check here; `metrics` is prom's file. */
  sinks(metrics: string): unknown[] {
    const tokenFile = join(this.estate.dir, "telegram-token"), apiRoot = this.telegram.url;
    return ["console", { use: "prom", file: metrics }, { use: "telegram", chatId: -1001, tokenFile, apiRoot }];
  }

  /** Remembers everything: guests, state, code, and what the program and its sinks remember. */
  async save(name: string): Promise<void> {
    await this.pve.save(name);
    const place = join(this.estate.dir, "saved", name);
    await Deno.mkdir(place, { recursive: true });
    for (const [what, from] of this.#kept()) await copyTree(from, join(place, what));
  }

  /** Brings everything back, and ends all faults; `remembering`: but what the program and its sinks remember. */
  async load(name: string, remembering = false): Promise<void> {
    await this.pve.up();
    await this.pve.load(name);
    await this.proxy.heal();
    for (const [what, to] of this.#kept()) {
      if (remembering && ["memory", "witness", "sinks", "metrics"].includes(what)) continue;
      await copyTree(join(this.estate.dir, "saved", name, what), to);
    }
  }

  #kept(): [string, string][] {
    const { dir, root } = this.estate;
    return [
      ["bucket", join(this.s3.folder, this.s3.bucket)],
      ["environments", root],
      ["modules", join(dir, "modules")],
      ["memory", join(dir, "state/memory")],
      ["witness", join(dir, "state/witness")],
      ["sinks", join(dir, "state/sinks")],
      ["metrics", this.metrics],
      ["pve-drift.json", join(dir, "pve-drift.json")],
    ];
  }

  /** Ends and removes everything. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.stack.disposeAsync();
  }
}

/**
 * Starts the servers and lays out the estate, on the terraform or tofu at `bin`; nothing is initialized or applied yet.
 *
 * @throws {Error} if a part is missing because `tests/lab/install` has not run.
 */
export async function startLab(bin: string, prefix = "pve-drift-lab-", code = ESTATES.bpg): Promise<Lab> {
  const mirror = providerMirror();
  if (!mirror) throw new Error("Cannot start the lab: its provider is not built: run tests/lab/install provider");
  await using stack = new AsyncDisposableStack();
  const estate = stack.use(await Estate.create({}, prefix));
  estate.bin = bin;
  const s3 = stack.use(await startS3());
  const proxy = stack.use(await startFaultProxy(s3.endpoint));
  const pve = stack.use(await startPve(estate.dir));
  for (const part of ["environments", "modules"]) {
    await copyTree(join(ROOT, "tests/lab", code.folder, part), join(estate.dir, part));
  }
  await Deno.writeTextFile(
    join(estate.dir, "terraformrc"),
    `provider_installation {\n  filesystem_mirror {\n    path = ${
      JSON.stringify(await forBoth(mirror, estate.dir))
    }\n  }\n}\n`,
  );
  await Deno.writeTextFile(
    join(estate.dir, "backend.hcl"),
    s3.settings("", { endpoint: proxy.url, tries: 1 }).replace(/^key .*\n/m, ""),
  );
  for (const name of Object.keys(code.varFiles)) {
    const secrets: Record<string, string> = {
      proxmox_endpoint: pve.url,
      proxmox_api_token: TOKENS.check,
      admin_password: SECRETS.admin,
      ...(name === "monitoring" ? { exporter_password: SECRETS.exporter } : {}),
    };
    const text = Object.entries(secrets).map(([key, value]) => `${key} = ${JSON.stringify(value)}\n`).join("");
    await Deno.writeTextFile(estate.path(name, "secrets.tfvars"), text, { mode: 0o600 });
  }
  const telegram = stack.use(startFakeTelegram());
  await Deno.writeTextFile(join(estate.dir, "telegram-token"), telegram.token, { mode: 0o600 });
  await Deno.writeTextFile(join(estate.dir, "proxmox-token"), TOKENS.witness, { mode: 0o600 });
  const lab = new Lab(estate, s3, proxy, pve, telegram, stack.move(), code);
  await lab.configure();
  return lab;
}

/**
 * Makes a mirror for OpenTofu too, which asks under its own registry's name; `terraform providers mirror` writes
 * nothing under that.
 */
async function forBoth(mirror: string, dir: string): Promise<string> {
  const [theirs, ours] = ["registry.terraform.io", "registry.opentofu.org"].map((host) => join(mirror, host));
  if (await Deno.stat(ours!).then(() => true, () => false)) return mirror;
  await copyTree(theirs!, join(dir, "mirror/registry.terraform.io"));
  await copyTree(theirs!, join(dir, "mirror/registry.opentofu.org"));
  return join(dir, "mirror");
}

/** Makes `to` a copy of `from`, with extended attributes (versitygw uses them); nothing if `from` does not exist. */
async function copyTree(from: string, to: string): Promise<void> {
  const script = 'rm -rf "$2" && if [ -e "$1" ]; then mkdir -p "$(dirname "$2")" && cp -a "$1" "$2"; fi';
  const { code, stderr } = await run("sh", ["-c", script, "sh", from, to]);
  if (code !== 0) throw new Error(`Cannot copy "${from}" to "${to}": ${stderr}`);
}
