/**
 * What is known of Telmate/proxmox, 2.9 to 3.0.
 *
 * @module
 */

import type { Provider } from "../provider.ts";
import { devices } from "./devices.ts";
import { failures } from "./failures.ts";
import { identity, isPower } from "./guests.ts";
import { label } from "./labels.ts";
import { login } from "./login.ts";
import { noise } from "./noise.ts";
import { note } from "./notes.ts";
import { sameValues } from "./same_values.ts";
import { secretNames } from "./secret_names.ts";
import { contradictions } from "./suspicion.ts";
import { trail } from "./trails.ts";

/** The provider Telmate/proxmox. */
export const telmate: Partial<Provider> = {
  label,
  note,
  sameValues,
  noise,
  secretNames,
  contradictions,
  identity,
  devices,
  trail,
  watch: (type) => type === "proxmox_pool" ? { topic: "pools" } : undefined,
  isPower,
  endpoint: "pm_api_url",
  endpointVariables: ["PM_API_URL"],
  login,
  failures,
};
