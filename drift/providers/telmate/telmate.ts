/**
 * What is known of Telmate/proxmox, 2.9 to 3.0.
 *
 * @module
 */

import type { Provider } from "../provider.ts";
import { devices } from "./devices.ts";
import { failures } from "./failures.ts";
import { identity, isPower, label } from "./guests.ts";
import { login } from "./login.ts";
import { noise } from "./noise.ts";
import { trail } from "./trails.ts";

/** The provider Telmate/proxmox. */
export const telmate: Partial<Provider> = {
  label,
  noise,
  identity,
  devices,
  trail,
  isPower,
  endpoint: "pm_api_url",
  endpointVariables: ["PM_API_URL"],
  login,
  failures,
};
