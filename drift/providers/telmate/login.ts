/**
 * How Telmate/proxmox logs in: https://registry.terraform.io/providers/Telmate/proxmox/latest/docs.
 *
 * @module
 */

import type { LoginVariable } from "../../terraform/login.ts";

/** The variables of an API token. */
export const login: readonly LoginVariable[] = [
  {
    name: "PM_API_URL",
    question: "Address of Proxmox's API",
    isSecret: false,
    shape: /^https:\/\/[^\s/]+(?::\d+)?\/api2\/json\/?$/,
    wanted: "like https://pve1.example.org:8006/api2/json",
  },
  {
    name: "PM_API_TOKEN_ID",
    question: "ID of an API token that may read",
    isSecret: false,
    shape: /^[^\s@!=]+@[^\s@!=]+![^\s@!=]+$/,
    wanted: "like drift@pve!check",
    instead: ["PM_USER"],
  },
  {
    name: "PM_API_TOKEN_SECRET",
    question: "Secret of that token",
    isSecret: true,
    shape: /^[^\s=!@]+$/,
    wanted: "like 00000000-0000-0000-0000-000000000000",
    instead: ["PM_PASS"],
  },
];
