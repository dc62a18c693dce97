/** What a person reads of the plans recorded from the newest bpg/proxmox: names, notes, and what a failure says. */

import { assertEquals } from "@std/assert";
import { replayEnvironment } from "./replay.ts";

const FIXTURES = new URL("../../tests/fixtures/bpg_newest/", import.meta.url);

async function replayed(name: string) {
  const json = JSON.parse(await Deno.readTextFile(new URL(`${name}.json`, FIXTURES)));
  return replayEnvironment("prod", "/srv/prod", { shown: { json } }, {
    accept: [],
    hideText: false,
    inherited: {},
    now: () => Date.UTC(2026, 10, 30),
  });
}

const ELSEWHERE = "deleted, or moved to another node (the provider looks on the old node only)";
const UNREADABLE = "; the provider cannot read which value Proxmox has";

/** By recorded plan: what its changes are called, and their notes. */
const SAID: Record<string, [label: string, note?: string][]> = {
  short_vm_cores: [['VM 101 "web" on pve1']],
  short_vm_moved: [['VM 101 "web" on pve1', ELSEWHERE]],
  cloned_vm_deleted: [['VM 102 "api" on pve1', ELSEWHERE]],
  short_ha_stopped: [["HA resource vm:101"]],
  write_only_acme_version: [["acme dns plugin cf", `data_wo waits to be written anew${UNREADABLE}`]],
  write_only_removed: [
    ["acme dns plugin cf", `data_wo waits to be removed${UNREADABLE}`],
    ["metrics server influx", `influx_token_wo waits to be removed${UNREADABLE}`],
    ["realm openid sso", `client_key_wo waits to be removed${UNREADABLE}`],
  ],
  write_only_beside_comment: [["realm openid sso"]],
  backup_exclude_by_hand: [["backup job nightly"]],
  pool_membership_gone: [["guest 201 in pool prod"]],
  ct_moved_0_111: [['container 201 "dns" on pve1', ELSEWHERE]],
  ct_moved: [[
    'container 201 "dns" on pve2',
    "moved from pve1 to pve2; applying this plan would destroy the container",
  ]],
  ct_moved_migrate: [[
    'container 201 "dns" on pve2',
    "moved from pve1 to pve2; applying this plan would move it to pve1",
  ]],
  ct_deleted_new: [['container 201 "dns" on pve1', "deleted, or hidden from this token"]],
};

for (const [name, said] of Object.entries(SAID)) {
  Deno.test(`the recorded plan ${name} is told as people speak of it`, async () => {
    const { changes } = await replayed(name);
    assertEquals(changes.map(({ label, note }) => note === undefined ? [label] : [label, note]), said);
  });
}

Deno.test("no value that was only ever written stands in a report", async () => {
  for (const name of ["write_only_clean", "write_only_without_version", "write_only_removed"]) {
    assertEquals(JSON.stringify(await replayed(name)).match(/wo-secret-\d/), null, name);
  }
});
