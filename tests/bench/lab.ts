/**
 * `deno task bench:lab`: what a check of virtual machines takes, provider and Proxmox included, beside the best that plain
 * terraform can do: two environments at a time, by ours, and by `terraform plan` and `terraform show` with the same
 * parallelism, in turns, in one run. Memory is the most that all processes together held, looked at every 50 ms. Then
 * looks, beside a plan.
 *
 *     deno task bench:lab [[ENVIRONMENTSx]VMS|looks…]   if not given: 5, 20 and 100 VMs in two environments, twelve of 5, looks
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { join } from "node:path";
import { type Lab, startLab } from "../lab/lab.ts";
import { TOKENS } from "../lab/pve.ts";
import { findProgram } from "../support/programs.ts";
import { benchLooks } from "./looks.ts";
import { measured, median, type Took } from "./measured.ts";

const PARTS = Deno.args.length > 0 ? Deno.args : ["5", "20", "100", "12x5", "looks"];
const SIZES = PARTS.filter((part) => part !== "looks")
  .map((size) => size.split("x").map(Number)).map(([a, b]) =>
    b === undefined ? { count: 2, vms: a! } : { count: a!, vms: b }
  );
const TURNS = 5;
const AT_A_TIME = 2;
/** The most that twelve clean environments may take, as a multiple of plain terraform's time. */
const MOST = 1.10;
let missed = 0;

function code(vms: number, first: number): string {
  return `module "vm" {
  source         = "../../modules/vm"
  for_each       = { for n in range(${vms}) : format("vm-%03d", n) => ${first} + n }
  id             = each.value
  name           = each.key
  node           = "pve1"
  admin_password = var.admin_password
}
`;
}

/**
 * Plain terraform at its best, in each folder of the arguments: the plan's JSON only where it has to be read, since something
 * is to be done, or since the provider tells of differences that only the JSON shows to be none.
 */
const PLAIN = `printf '%s\\n' "$@" | xargs -P ${AT_A_TIME} -I DIR sh -c '
  cd DIR || exit 255
  out=$OUT/$(basename DIR)
  "$BIN" plan -input=false -json -detailed-exitcode -lock=false -parallelism=10 -var-file=secrets.tfvars -out="$out" >"$out.stdout"
  code=$?
  [ $code != 1 ] || exit 255
  if [ $code = 2 ] || grep -q "\\"type\\":\\"resource_drift\\"" "$out.stdout"; then "$BIN" show -json "$out" >/dev/null; fi'`;

async function estate(lab: Lab, names: string[], vms: number): Promise<void> {
  const secrets = {
    proxmox_endpoint: lab.pve.url,
    proxmox_api_token: TOKENS.check,
    admin_password: "bench-Passw0rd",
  };
  const text = Object.entries(secrets).map(([key, value]) => `${key} = ${JSON.stringify(value)}\n`).join("");
  const shared = ["terraform.tf", "variables.tf"].map((file) => join(lab.estate.path("lab"), file));
  for (const [n, name] of names.entries()) {
    await lab.estate.write(name, { "main.tf": code(vms, 1000 * (n + 1)), "secrets.tfvars": text });
    for (const file of shared) await Deno.copyFile(file, join(lab.estate.path(name), file.split("/").at(-1)!));
    await lab.init([name], "-reconfigure");
    const { code: ended, stderr } = await lab.terraform(
      name,
      "apply",
      "-input=false",
      "-auto-approve",
      "-var-file=secrets.tfvars",
      `-var=proxmox_api_token=${TOKENS.apply}`,
    );
    assertEquals(ended, 0, stderr);
  }
  const environments = Object.fromEntries(
    names.map((name) => [name, { varFiles: ["secrets.tfvars"], backendConfig: lab.backend(name) }]),
  );
  await lab.estate.configure({
    environments: { ...environments, lab: false, monitoring: false, prod: false },
    concurrency: AT_A_TIME,
    terraform: { bin: lab.estate.bin },
  });
}

type Middle = Pick<Took, "seconds" | "megabytes">;

function middle(list: readonly Took[]): Middle {
  return { seconds: median(list, (one) => one.seconds), megabytes: median(list, (one) => one.megabytes) };
}

function say(text: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${text}\n`));
}

const bin = findProgram("terraform");
if (!bin) throw new Error("Cannot run the benchmark: terraform is not on the PATH");
say(
  `${AT_A_TIME} environments at a time, ${TURNS} turns each, medians; ${navigator.hardwareConcurrency} cores, load ${
    Deno.loadavg()[0]!.toFixed(1)
  }`,
);
if (SIZES.length > 0) {
  say("environments x VMs   what       ours           plain          ratio   memory ours / plain   requests");
}
for (const { count, vms } of SIZES) {
  const names = Array.from({ length: count }, (_, n) => `env-${n + 1}`);
  await using lab = await startLab(bin, "pve-drift-bench-");
  await estate(lab, names, vms);
  const options = {
    cwd: lab.estate.dir,
    env: { ...lab.env, BIN: bin, OUT: await Deno.makeTempDir({ dir: lab.estate.dir }) },
  };
  const ours = (codes: number[]) => measured(Deno.execPath(), lab.estate.command("--all", "--quiet"), options, codes);
  const plain = () => measured("sh", ["-c", PLAIN, "sh", ...names.map((name) => lab.estate.path(name))], options, [0]);
  for (const what of ["clean", "drift"]) {
    if (what === "drift") {
      for (const id of names.map((_, n) => 1000 * (n + 1))) await lab.pve.configure(id, { memory: 4096 });
    }
    const codes = [what === "drift" ? 2 : 0];
    await ours(codes); // new drift is confirmed by a second plan, once
    const took: { ours: Took[]; plain: Took[] } = { ours: [], plain: [] };
    await lab.pve.count(true);
    took.ours.push(await ours(codes));
    const { requests } = await lab.pve.count();
    took.plain.push(await plain());
    for (let turn = 1; turn < TURNS; turn++) {
      took.ours.push(await ours(codes));
      took.plain.push(await plain());
    }
    const [a, b] = [middle(took.ours), middle(took.plain)];
    const asked = Object.values(requests).reduce((sum, count) => sum + count, 0);
    const seconds = (one: Middle) => `${one.seconds.toFixed(2)} s`.padEnd(15);
    const ratio = a.seconds / b.seconds;
    const isTarget = count === 12 && what === "clean";
    if (isTarget && ratio > MOST) missed++;
    say(
      `${`${count} x ${vms}`.padEnd(21)}${what.padEnd(11)}${seconds(a)}${seconds(b)}${ratio.toFixed(2).padEnd(8)}` +
        `${a.megabytes.toFixed(0)} / ${b.megabytes.toFixed(0)} MB`.padEnd(22) + `${asked}`.padEnd(11) +
        (isTarget ? `${ratio > MOST ? "MISSED" : "met"} (at most ${MOST.toFixed(2)})` : ""),
    );
  }
}
if (PARTS.length > SIZES.length) missed += await benchLooks(bin, TURNS, say);
Deno.exit(missed === 0 ? 0 : 1);
