/**
 * Twenty secrets in what Proxmox tells a second witness: none is seen outside, whatever the check writes.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { join } from "node:path";
import type { Lab } from "../lab.ts";
import { TOKENS } from "../pve.ts";
import { ALICE } from "./witness.ts";

/** Puts secrets wherever somebody may have put one that no plan shows, and gives them. */
async function hide({ pve }: Lab): Promise<string[]> {
  const hidden: string[] = [], alice = ALICE;
  // A disk's serial number has room for so much.
  const canary = () => {
    hidden.push(`canary-${hidden.length}-${crypto.randomUUID().slice(0, 8)}`);
    return hidden.at(-1)!;
  };
  // What waits on a managed VM, with its line in the cluster log.
  await pve.configure(301, {
    memory: 3072,
    cipassword: canary(),
    smbios1: `uuid=${crypto.randomUUID()},serial=${canary()}`,
  }, alice);
  await pve.configure(
    302,
    { smbios1: `uuid=${crypto.randomUUID()},serial=${canary()}`, watchdog: "model=i6300esb" },
    alice,
  );
  await pve.configure(311, { env: `TOKEN=${canary()}` }, alice);
  await pve.configure(302, { scsi5: `local-lvm:4,serial=${canary()}` }, alice);
  // Strangers, of both kinds.
  const template = "local:vztmpl/debian-12-standard_12.7-1_amd64.tar.zst";
  await pve.api("POST", "/nodes/pve2/qemu", {
    vmid: 900,
    name: "stranger",
    description: canary(),
    args: `-fw_cfg name=opt/x,string=${canary()}`,
    sshkeys: `ssh-ed25519%20${canary()}`,
    cipassword: canary(),
    ciuser: canary(),
    hookscript: `local:snippets/${canary()}.pl`,
  });
  await pve.api("POST", "/nodes/pve2/lxc", {
    vmid: 910,
    hostname: "stranger-ct",
    description: canary(),
    ostemplate: template,
    rootfs: "local-lvm:4",
    password: canary(),
    env: `TOKEN=${canary()}`,
  });
  // Snapshots of a managed VM.
  await pve.api("POST", "/nodes/pve1/qemu/303/snapshot", { snapname: "old", description: canary() });
  await pve.snapshotAge(303, "old", 90);
  // Lines of the cluster log: of changes to guests that differ, of others, and of none.
  for (const node of ["pve1", "pve2"]) {
    await pve.log({ message: `update VM 301: -description ${canary()} -memory 3072`, node, user: alice });
    await pve.log({ message: `update VM 301: -args ${canary()} -sshkeys ${canary()}`, node, user: alice });
  }
  await pve.log({ message: `${canary()}: a line of some other kind`, node: "pve1", user: alice });
  return hidden;
}

/** All that a run wrote below a folder. */
async function written(folder: string): Promise<string> {
  let text = "";
  for await (const { name, isDirectory, isFile } of Deno.readDir(folder)) {
    const path = join(folder, name);
    if (isDirectory) text += await written(path);
    else if (isFile) text += await Deno.readTextFile(path);
  }
  return text;
}

/** Throws where one of the secrets is seen in what a run with the witness writes. */
export async function keepsSecrets(lab: Lab): Promise<void> {
  await lab.load("witnessed");
  const canaries = await hide(lab);
  assert(canaries.length >= 20, `${canaries.length} secrets`);
  const logs = join(lab.estate.dir, "logs");
  await lab.configure({
    proxmox: lab.witness({ snapshotAge: "30d" }),
    sinks: [...lab.sinks(lab.metrics), { use: "logfile", dir: logs }],
  });
  lab.telegram.accepted.splice(0);
  let told = "";
  for (const args of [["--all", "--verbose"], ["--all", "--json", "--verbose"]]) {
    const { stdout, stderr } = await lab.estate.drift(args, lab.env);
    told += stdout + stderr;
  }
  assert(told.includes("301") && told.includes("900"), told);
  told += lab.telegram.accepted.map(({ text }) => text).join("\n");
  told += await written(logs) + await written(join(lab.estate.dir, "state")) + await Deno.readTextFile(lab.metrics);
  const secrets = [...canaries, ...Object.values(TOKENS).map((token) => token.split("=")[1]!)];
  assertEquals(secrets.filter((secret) => told.includes(secret)), []);
}
