/**
 * Objects of the cluster: IP sets, the HA manager, backup jobs, downloaded images.
 *
 * @module
 */

import type { Lab } from "../lab.ts";
import { outside, replaced, type Scenario, withCode } from "./scenario.ts";

const ONE = { code: 2, says: "Plan: 0 to add, 1 to change, 0 to destroy." } as const;
const ANEW = { code: 2, says: "Plan: 1 to add, 0 to change, 1 to destroy." } as const;
const TAKEN_BACK = "apply: it undoes the change";
const SET = "proxmox_virtual_environment_firewall_ipset.admins";
const HA = "proxmox_virtual_environment_haresource.sandbox";
const IMAGE = "proxmox_virtual_environment_download_file.image";

/** What belongs to no guest. */
export const CLUSTER: Scenario[] = [
  {
    name: "An entry added to an IP set",
    env: "lab",
    change: async (lab) => {
      await admins(lab);
      await lab.pve.api("POST", "/cluster/firewall/ipset/admins", { cidr: "6.6.6.6" });
    },
    expect: {
      status: "drift",
      changes: [
        replaced(SET, { 'cidr["6.6.6.6"]': [null, { name: "6.6.6.6" }] }, {
          note: /1 entry there that the code does not have/,
        }),
      ],
    },
    plain: ANEW,
    mending: TAKEN_BACK,
    tofu: true,
  },
  {
    name: "An entry removed from an IP set",
    env: "lab",
    change: async (lab) => {
      await admins(lab);
      await lab.pve.api("DELETE", "/cluster/firewall/ipset/admins/10.1.1.1");
    },
    expect: {
      status: "drift",
      changes: [
        replaced(SET, { 'cidr["10.1.1.1"]': [{ name: "10.1.1.1", comment: "ann" }, null] }, {
          note: /1 entry missing/,
        }),
      ],
    },
    plain: ANEW,
    mending: TAKEN_BACK,
  },
  {
    name: "The entries of an IP set in another order",
    env: "lab",
    change: async (lab) => {
      await admins(lab);
      await lab.pve.api("DELETE", "/cluster/firewall/ipset/admins/10.1.1.2");
      await lab.pve.api("POST", "/cluster/firewall/ipset/admins", { cidr: "10.1.1.2", comment: "bob" });
    },
    expect: {
      status: "drift",
      changes: [replaced(SET, {}, { among: true, note: /same entries in another order/ })],
    },
    plain: ANEW,
    mending: TAKEN_BACK,
  },
  {
    name: "Failback of the HA manager switched off, which the code does not set",
    env: "lab",
    change: async (lab) => {
      await highlyAvailable(lab);
      await lab.pve.api("PUT", "/cluster/ha/resources/vm:303", { failback: 0 });
    },
    expect: { status: "drift", changes: [outside(HA, { failback: [null, false] })] },
    plain: ONE,
    mending: TAKEN_BACK,
    tofu: true,
  },
  {
    name: "Restarts of the HA manager set to 0, which the code does not set",
    env: "lab",
    change: async (lab) => {
      await highlyAvailable(lab);
      await lab.pve.api("PUT", "/cluster/ha/resources/vm:303", { max_restart: 0 });
    },
    expect: { status: "drift", changes: [outside(HA, { max_restart: [null, 0] })] },
    plain: ONE,
    mending: TAKEN_BACK,
  },
  {
    name: "A backup job disabled, which the code does not set",
    env: "lab",
    change: async (lab) => {
      await withCode(
        lab,
        "lab",
        'resource "proxmox_backup_job" "daily" {\n  job_id   = "daily"\n  schedule = "03:00"\n  storage  = "local"\n  vmid     = "303"\n}\n',
      );
      await lab.pve.api("PUT", "/cluster/backup/daily", { enabled: 0 });
    },
    expect: { status: "ok", observed: ["proxmox_backup_job.daily enabled"] },
    plain: { code: 0, says: "No changes." },
    mend: () => Promise.resolve(),
    mending: "enable it again, or write it into the code: an apply leaves it as it is",
  },
  {
    name: "A downloaded image changed in its datastore",
    env: "lab",
    change: async (lab) => {
      await downloaded(lab);
      await lab.pve.api("POST", "/nodes/pve1/storage/local/download-url", {
        content: "iso",
        filename: "debian.iso",
        url: "https://mirror.invalid/debian.iso",
        size: 999,
      });
    },
    expect: {
      status: "drift",
      changes: [
        replaced(IMAGE, { size: [1_048_576, 999] }, { note: /replaced for size, which the code does not set/ }),
      ],
    },
    plain: ANEW,
    mending: "apply: it downloads the image again",
  },
  {
    name: "A new image at the address of a downloaded one",
    env: "lab",
    change: async (lab) => {
      await downloaded(lab);
      await lab.pve.fault("GET /nodes/pve1/query-url-metadata", { kind: "data", data: { size: 2_097_152 } });
    },
    expect: {
      status: "drift",
      changes: [replaced(IMAGE, {}, { note: /file size from url has changed/ })],
    },
    plain: ANEW,
    mend: (lab) => lab.pve.heal(),
    mending: "apply: it downloads the new image; or pin a version in the URL",
  },
];

/** An IP set of two. */
async function admins(lab: Lab): Promise<void> {
  const entry = (name: string, comment: string) =>
    `  cidr {\n    name    = "${name}"\n    comment = "${comment}"\n  }\n`;
  const entries = entry("10.1.1.1", "ann") + entry("10.1.1.2", "bob");
  await withCode(
    lab,
    "lab",
    `resource "proxmox_virtual_environment_firewall_ipset" "admins" {\n  name = "admins"\n${entries}}\n`,
  );
}

async function highlyAvailable(lab: Lab): Promise<void> {
  await withCode(
    lab,
    "lab",
    'resource "proxmox_virtual_environment_haresource" "sandbox" {\n  resource_id = "vm:303"\n  state       = "started"\n}\n',
  );
}

async function downloaded(lab: Lab): Promise<void> {
  await lab.pve.api("PUT", "/access/roles/DriftCheck", { privs: "Sys.AccessNetwork", append: 1 }); // to ask for the URL's size
  await withCode(
    lab,
    "lab",
    `resource "proxmox_virtual_environment_download_file" "image" {
  content_type = "iso"
  datastore_id = "local"
  node_name    = "pve1"
  file_name    = "debian.iso"
  url          = "https://mirror.invalid/debian.iso"
}
`,
  );
}
