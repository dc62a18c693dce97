/**
 * The catalogue of noise, as a check reads it: each provider's rows, those aside that the configuration leaves out or that
 * are about other versions. Pure.
 *
 * @module
 */

import { compare } from "@std/semver/compare";
import { tryParse } from "@std/semver/try-parse";
import { valueAt } from "../terraform/attribute_path.ts";
import type { PlannedObject } from "../terraform/plan.ts";
import type { Difference } from "../verdict/entry.ts";
import { hasShape, isAbout } from "./noise_shapes.ts";
import type { NoiseRow } from "./provider.ts";
import { providerOf } from "./registry.ts";

/** What decides which rows apply. */
export interface NoiseSettings {
  /** False: none; a list: all but those of these names. */
  noise: boolean | readonly string[];
  /** Versions of the providers by their source, as far as they are known. */
  versions: Readonly<Record<string, string>>;
}

/** Finds the row by which a difference is noise. */
export type NoiseFinder = (
  object: Pick<PlannedObject, "type" | "provider_name" | "change">,
  difference: Difference,
) => Pick<NoiseRow, "name" | "reason"> | undefined;

/** What finds the row by which a difference is noise. */
export function noiseFinder({ noise, versions }: NoiseSettings): NoiseFinder {
  if (noise === false) return () => undefined;
  const leftOut = new Set(noise === true ? [] : noise);
  return ({ type, provider_name = "", change }, difference) =>
    providerOf(provider_name).noise.find((row) =>
      !leftOut.has(row.name) && isAbout(row, type, difference.path) && isNoise(row, difference) &&
      isWhere(row, change) &&
      isInRange(row, versions[provider_name])
    );
}

function isNoise({ shape }: NoiseRow, { wanted, found, kind }: Difference): boolean {
  if (kind === "unknown" || shape === "unknown") return shape === kind;
  return (shape !== "computed" || kind === "observed") && hasShape(shape, wanted, found);
}

function isWhere({ where = {} }: NoiseRow, { before }: PlannedObject["change"]): boolean {
  return Object.entries(where).every(([path, value]) => (valueAt(before, path) ?? false) === value);
}

function isInRange({ since, until }: NoiseRow, version: string | undefined): boolean {
  if (since === undefined && until === undefined) return true;
  const own = version === undefined ? undefined : tryParse(version);
  const isBefore = (bound: string) => compare(own!, tryParse(bound)!) < 0;
  return own !== undefined && !(since !== undefined && isBefore(since)) && (until === undefined || isBefore(until));
}
