/**
 * What is known of Telmate/proxmox, 2.9 to 3.0.
 *
 * @module
 */

import type { Provider } from "../provider.ts";
import { failures } from "./failures.ts";
import { identity, label } from "./guests.ts";

/** The provider Telmate/proxmox. */
export const telmate: Partial<Provider> = { label, identity, endpoint: "pm_api_url", failures };
