/** Recorded plans of other people's reports get the verdict that is right. */

import { assertEquals } from "@std/assert";
import { Secrets } from "../../lib/secrets.ts";
import { providers } from "../providers/registry.ts";
import type { Change } from "../report.ts";
import { parseShown } from "../terraform/shown.ts";
import { judge } from "./verdict.ts";

async function changesOf(name: string): Promise<Change[]> {
  const text = await Deno.readTextFile(new URL(`../../tests/fixtures/plans/${name}.json`, import.meta.url));
  return judge({ shown: parseShown(text, name) }, {
    secrets: new Secrets(),
    recall: () => ({ isNew: true, firstSeenAt: "2026-01-01T00:00:00.000Z" }),
    accepts: () => false,
    providers,
  }).changes;
}

const brief = ({ address, action, origin, causedBy, note, attributes }: Change) => [
  `${address} ${action} ${origin}`,
  ...(causedBy ? [`caused by ${causedBy}`] : []),
  ...attributes.map(({ path, expected, actual }) => `${path}: ${JSON.stringify(expected)} → ${JSON.stringify(actual)}`),
  ...(note ? [note] : []),
];

const wanted: Record<string, string[][]> = {
  data_depends_on_outside_change: [
    [
      "proxmox_virtual_environment_pool.app update outside",
      "caused by proxmox_virtual_environment_pool.base",
      "only values known after apply differ: comment",
    ],
    ["proxmox_virtual_environment_pool.base update outside", 'comment: "managed" → "by hand"'],
  ],
  // terraform 1.11.4 and hashicorp/local: base.txt was deleted, and a module and one in it wait for it (depends_on).
  module_waits_for_outside_change: [
    ["local_file.base create outside"],
    [
      "module.app.module.deep.terraform_data.in update outside",
      "caused by local_file.base",
      "only values known after apply differ: input",
    ],
    [
      "module.app.terraform_data.vm replace outside",
      "caused by local_file.base",
      "forced by a value that is known only after apply",
    ],
  ],
  list_insert_by_position: [[
    "proxmox_virtual_environment_firewall_ipset.lan update outside",
    'cidr["0.0.0.0/0"]: null → {"name":"0.0.0.0/0","comment":"","nomatch":false}',
    "1 entry there that the code does not have: 0.0.0.0/0",
  ]],
  list_with_unknown_element: [[
    "proxmox_virtual_environment_container.app update pending",
    "only values known after apply differ: initialization[0].dns[0].servers[0]",
  ]],
  list_with_unknown_element_drifted: [[
    "proxmox_virtual_environment_container.app update outside",
    'initialization[0].dns[0].servers: ["(known after apply)","10.0.0.2"] → ["10.0.0.53","1.1.1.1"]',
  ]],
  number_beyond_2_53: [[
    "discord_role.x update outside",
    'guild: "1234567890123456789" → "1234567890123456788"',
  ]],
  update_of_unknown_only: [[
    "dbtcloud_postgres_credential.example update pending",
    "only values known after apply differ: id",
  ]],
};

for (const [name, changes] of Object.entries(wanted)) {
  Deno.test(`judge() gives the right verdict on the plan ${name}`, async () => {
    assertEquals((await changesOf(name)).map(brief), changes);
  });
}

Deno.test("judge() says of a list that nothing but its order differs, in a replacement too", async () => {
  const [change, ...more] = await changesOf("list_reordered");
  assertEquals([change!.action, change!.attributes.map(({ path }) => path), change!.note, more], [
    "replace",
    ["cidr"],
    "the same entries in another order",
    [],
  ]);
});
