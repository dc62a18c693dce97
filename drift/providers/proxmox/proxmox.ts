/**
 * What is known of bpg/proxmox, 0.94 to 0.112.
 *
 * @module
 */

import type { Provider } from "../provider.ts";
import { devices } from "./devices.ts";
import { failures } from "./failures.ts";
import { identity } from "./identities.ts";
import { label } from "./labels.ts";
import { lists } from "./lists.ts";
import { login } from "./login.ts";
import { noise } from "./noise.ts";
import { note } from "./notes.ts";
import { isPower } from "./power.ts";
import { sameValues } from "./same_values.ts";
import { secretNames } from "./secret_names.ts";
import { contradictions } from "./suspicion.ts";
import { trail } from "./trails.ts";
import { watch } from "./watch.ts";

/** The provider bpg/proxmox. */
export const proxmox: Provider = {
  label,
  note,
  sameValues,
  noise,
  lists,
  secretNames,
  endpoint: "endpoint",
  endpointVariables: ["PROXMOX_VE_ENDPOINT", "PM_VE_ENDPOINT"],
  contradictions,
  identity,
  devices,
  trail,
  watch,
  isPower,
  login,
  failures,
};
