/**
 * The report without values, for `"values": "hide"`. Pure.
 *
 * @module
 */

import type { DriftReport, EnvironmentReport, WitnessReport } from "../report.ts";
import { HIDDEN } from "../verdict/failure_text.ts";

/**
 * The report with paths and actions only, for `"values": "hide"`: no value of an attribute or output, no label or note
 * stays, and of guests only their numbers. What Terraform and providers say is left out where it arises, in the check.
 */
export function hideValues(report: DriftReport): DriftReport {
  const change = <T extends EnvironmentReport["changes"][number]>(
    { label: _label, note: _note, identity, witness, ...rest }: T,
  ) => ({
    ...rest,
    ...(identity && /^\d+$/.test(identity.id) ? { identity: { kind: identity.kind, id: identity.id } } : {}),
    ...(witness ? { witness: { found: witness.found } } : {}),
    attributes: rest.attributes.map(({ previous, ...attribute }) => ({
      ...attribute,
      expected: HIDDEN,
      actual: HIDDEN,
      ...(previous === undefined ? {} : { previous: HIDDEN }),
    })),
  });
  return {
    ...report,
    ...(report.proxmox ? { proxmox: report.proxmox.map(hiddenWitness) } : {}),
    environments: report.environments.map((environment) => ({
      ...environment,
      changes: environment.changes.map(change),
      accepted: environment.accepted.map(change),
      observed: environment.observed.map(change),
      bookkeeping: environment.bookkeeping.map(change),
      resolved: environment.resolved.map(({ label: _label, ...rest }) => rest),
      ...(environment.settling ? { settling: environment.settling.map(({ label: _label, ...rest }) => rest) } : {}),
      outputs: environment.outputs.map((output) => ({ ...output, expected: HIDDEN, actual: HIDDEN })),
    })),
  };
}

/** Guests by number and kind, without what people call them and where they are. */
function hiddenWitness(report: WitnessReport): WitnessReport {
  const nameless = <T extends { name?: string }>({ name: _name, ...rest }: T) => rest;
  return {
    ...report,
    unmanaged: report.unmanaged.map(({ pool: _pool, ...guest }) => ({ ...nameless(guest), node: HIDDEN, tags: [] })),
    waiting: report.waiting.map((guest) => ({
      ...nameless(guest),
      options: guest.options.map(({ option }) => ({ option, running: HIDDEN, written: HIDDEN })),
    })),
    beyond: report.beyond.map(nameless),
  };
}
