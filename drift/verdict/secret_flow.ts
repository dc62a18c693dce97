/**
 * Follows secrets through the code as a plan's JSON shows it: from where an expression stands under a secret name to the
 * constants and variables that it comes to. Pure.
 *
 * @module
 */

import { type ModuleConfiguration, mostSpecific } from "../terraform/configuration.ts";
import { eachSecret, type Found, type SecretName } from "./marks.ts";

/** The way from the root module to another one, call by call: where each leads, and what it hands over. */
export type Calls = { module: string; expressions: Record<string, unknown> }[];

/** A module and all that it calls, each with the way to it. */
export function* modulesIn(module: ModuleConfiguration, calls: Calls = []): Generator<[ModuleConfiguration, Calls]> {
  yield [module, calls];
  const prefix = calls.length > 0 ? `${calls.at(-1)!.module}.` : "";
  for (const [name, { expressions = {}, module: inner }] of Object.entries(module.module_calls ?? {})) {
    if (inner) yield* modulesIn(inner, [...calls, { module: `${prefix}module.${name}`, expressions }]);
  }
}

/** Gives `found` what expressions come to. */
export class SecretFlow {
  readonly #followed = new Set<string>();

  /**
   * Follows nothing yet.
   *
   * @param variables Values of the root module's variables.
   * @param found Takes what expressions come to.
   */
  constructor(
    readonly variables: Record<string, { value?: unknown }>,
    readonly found: Found,
  ) {}

  /**
   * Finds what an expression of a module comes to: a constant, or variables of the root module.
   *
   * @param isMarked As for `found`.
   */
  follow(expression: unknown, calls: Calls, isMarked = false): void {
    if (typeof expression !== "object" || expression === null) return;
    const { constant_value, references, ...blocks } = expression as { constant_value?: unknown; references?: string[] };
    this.found(constant_value, isMarked);
    for (const reference of mostSpecific(references ?? [])) this.#followReference(reference, calls, isMarked);
    for (const inner of Object.values(blocks)) this.follow(inner, calls, isMarked);
  }

  /** Finds what a variable of a module comes to. */
  followVariable(name: string, calls: Calls, isMarked: boolean): void {
    this.#followReference(`var.${name}`, calls, isMarked);
  }

  /**
   * Follows every expression that stands under a secret name, in nested blocks as well.
   *
   * @param isSole Only where it is nothing but a constant or one reference: the parts of a text that a template makes are no
   * secrets.
   */
  followNames(expressions: unknown, calls: Calls, isSecretName: SecretName, isSole = false): void {
    if (typeof expressions !== "object" || expressions === null || "references" in expressions) return;
    if ("constant_value" in expressions) {
      return eachSecret(expressions.constant_value, undefined, isSecretName, this.found);
    }
    for (const [name, expression] of Object.entries(expressions)) {
      if (!isSecretName(name)) this.followNames(expression, calls, isSecretName, isSole);
      else if (!isSole || isOneThing(expression)) this.follow(expression, calls);
    }
  }

  #followReference(reference: string, calls: Calls, isMarked: boolean): void {
    const [, name, rest = ""] = /^var\.([\w-]+)((?:\.[\w-]+)*)/.exec(reference) ?? [];
    const call = calls.at(-1);
    const way = `${call?.module ?? ""}|${reference}|${isMarked}`;
    if (!name || this.#followed.has(way)) return;
    this.#followed.add(way);
    if (call) this.follow(call.expressions[name], calls.slice(0, -1), isMarked);
    else this.found(rest.split(".").slice(1).reduce(memberOf, this.variables[name]?.value), isMarked);
  }
}

/** Whether an expression is a constant, or one reference. */
function isOneThing(expression: unknown): boolean {
  if (typeof expression !== "object" || expression === null) return false;
  if ("constant_value" in expression) return true;
  const { references } = expression as { references?: string[] };
  return mostSpecific(references ?? []).length === 1;
}

/** A member of an object; a value without it is taken as a whole. */
function memberOf(value: unknown, name: string): unknown {
  if (typeof value !== "object" || value === null) return value;
  return Object.hasOwn(value, name) ? (value as Record<string, unknown>)[name] : value;
}
