/**
 * How bpg/proxmox logs in: https://registry.terraform.io/providers/bpg/proxmox/latest/docs#authentication.
 *
 * @module
 */

import type { LoginVariable } from "../../terraform/login.ts";

/** The variables of an API token. */
export const login: readonly LoginVariable[] = [
  {
    name: "PROXMOX_VE_ENDPOINT",
    question: "Address of Proxmox",
    isSecret: false,
    shape: /^https:\/\/[^\s/]+(?::\d+)?\/?$/,
    wanted: "like https://pve1.example.org:8006/",
  },
  {
    name: "PROXMOX_VE_API_TOKEN",
    question: "API token that may read",
    isSecret: true,
    shape: /^[^\s@!=]+@[^\s@!=]+![^\s@!=]+=[^\s=]+$/,
    wanted: "like drift@pve!check=00000000-0000-0000-0000-000000000000",
    instead: ["PROXMOX_VE_USERNAME", "PROXMOX_VE_AUTH_TICKET"],
  },
];
