/**
 * The scenarios of the Proxmox lab that concern OpenTofu too, on it.
 *
 * @module
 */

import { testScenarios } from "../support/lab.ts";

testScenarios("lab/tofu");
