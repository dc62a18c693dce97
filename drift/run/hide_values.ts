/**
 * The report without values, for `"values": "hide"`. Pure.
 *
 * @module
 */

import type { DriftReport, EnvironmentReport } from "../report.ts";
import { HIDDEN } from "../verdict/failure_text.ts";

/**
 * The report with paths and actions only, for `"values": "hide"`: no value of an attribute or output, no label or note
 * stays. What Terraform and providers say is left out where it arises, in the check.
 */
export function hideValues(report: DriftReport): DriftReport {
  const change = <T extends EnvironmentReport["changes"][number]>({ label: _label, note: _note, ...rest }: T) => ({
    ...rest,
    attributes: rest.attributes.map(({ previous, ...attribute }) => ({
      ...attribute,
      expected: HIDDEN,
      actual: HIDDEN,
      ...(previous === undefined ? {} : { previous: HIDDEN }),
    })),
  });
  return {
    ...report,
    environments: report.environments.map((environment) => ({
      ...environment,
      changes: environment.changes.map(change),
      accepted: environment.accepted.map(change),
      observed: environment.observed.map(change),
      bookkeeping: environment.bookkeeping.map(change),
      resolved: environment.resolved.map(({ label: _label, ...rest }) => rest),
      outputs: environment.outputs.map((output) => ({ ...output, expected: HIDDEN, actual: HIDDEN })),
    })),
  };
}
