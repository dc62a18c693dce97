/**
 * Whether what a user's module exports and makes has the shape of the sink contract.
 *
 * @module
 */

import { SinkContractError } from "./contract_error.ts";
import type { Probe, Sink, SinkModule } from "../sink.ts";

const WANTED = 'wanted "export default { apiVersion: 1, name: "…", create(options, context) {…} }"';

/**
 * Checks what a module exports.
 *
 * @throws {SinkContractError} that says what is missing
 */
export function checkModule(namespace: unknown): SinkModule {
  const exported = (namespace as { default?: unknown }).default;
  if (exported === undefined) throw new SinkContractError(`it is no sink: it has no default export, ${WANTED}`);
  if (typeof exported !== "object" || exported === null) {
    throw new SinkContractError(`it is no sink: its default export is ${inWords(exported)}, ${WANTED}`);
  }
  const { apiVersion, name, dryRun, looks, options, create } = exported as Record<keyof SinkModule, unknown>;
  if (apiVersion === undefined) {
    throw new SinkContractError(`it is no sink: its default export lacks "apiVersion", ${WANTED}`);
  }
  if (apiVersion !== 1) {
    throw new SinkContractError(
      `it is made for version ${inWords(apiVersion)} of the sink contract, this program has version 1`,
    );
  }
  const hasParse = typeof (options as { parse?: unknown } | null | undefined)?.parse === "function";
  const members: [isRight: boolean, wanted: string, got: unknown][] = [
    [typeof name === "string" && name.trim() !== "", '"name" must be a text that is not empty', name],
    [typeof create === "function", '"create" must be a function', create],
    [options === undefined || hasParse, '"options" must have a function "parse"', options],
    [dryRun === undefined || dryRun === true, '"dryRun" must be true or absent', dryRun],
    [looks === undefined || looks === true, '"looks" must be true or absent', looks],
  ];
  for (const [isRight, wanted, got] of members) {
    if (!isRight) throw new SinkContractError(`it is no sink: ${wanted}, got ${inWords(got)}`);
  }
  return exported as SinkModule;
}

/**
 * Checks what `create` of a module gave.
 *
 * @throws {SinkContractError} that says what is missing
 */
export function checkSink(sink: unknown): Sink {
  const { deliver, settled, probe, close } = (sink ?? {}) as Record<keyof Sink, unknown>;
  for (const [name, method] of Object.entries({ deliver, settled, probe, close })) {
    if (typeof method === "function" || (method === undefined && name !== "deliver")) continue;
    throw new SinkContractError(`its "create" must give an object with a function "${name}", got ${inWords(method)}`);
  }
  return sink as Sink;
}

/**
 * Checks what `probe` of a sink gave.
 *
 * @throws {SinkContractError} that says what is missing
 */
export function checkProbe(probed: unknown): Probe {
  const { summary, warning, theirTime } = (probed ?? {}) as Record<keyof Probe, unknown>;
  if (typeof summary !== "string") {
    throw new SinkContractError(`its "probe" must give an object with a text "summary", got ${inWords(summary)}`);
  }
  return {
    summary,
    ...(typeof warning === "string" ? { warning } : {}),
    ...(typeof theirTime === "number" ? { theirTime } : {}),
  };
}

/** A value of the wrong kind as a message names it. */
function inWords(value: unknown): string {
  if (value === undefined || value === null) return "none";
  return typeof value === "object" ? "an object" : typeof value === "function" ? "a function" : JSON.stringify(value);
}
