/**
 * Which folders of a tree are environments, and which hold infrastructure all the same.
 *
 * @module
 */

import { basename } from "node:path";
import { environmentName, environmentNameRule } from "../../lib/names.ts";
import type { ScannedFolder } from "./folder_scan.ts";
import { UsageError } from "../usage_error.ts";

/** A folder that is an environment. */
export interface FoundEnvironment {
  /** Its path with dots for slashes; root's own is the name of its folder. */
  name: string;
  /** From root, as it is written; empty for root itself. */
  path: string;
  /** Absolute, links resolved. */
  real: string;
}

/** A folder that is no environment, though it looks like one; somebody should know. */
export interface PassedOver extends FoundEnvironment {
  /**
   * `nameless`: its name cannot be an environment's. `module`: code calls it as a module, and it has blocks of a root or a state.
   * `terragrunt`: only Terragrunt knows its code. `unreadable`: nobody can tell. `unlisted`: `environments` does not name it.
   * `submodule`: git has not checked it out. `stack`: a Terraform Stack, which only HCP Terraform plans. `misnamed`: an entry
   * has its name, and looks for it elsewhere.
   */
  why: "nameless" | "module" | "terragrunt" | "unreadable" | "unlisted" | "submodule" | "stack" | "misnamed";
  /** More about why, in words. */
  detail?: string;
}

/** What there is in a tree of folders. */
export interface Discovery {
  /** Sorted by path; two may have one name. */
  environments: FoundEnvironment[];
  /** Sorted by path. */
  passedOver: PassedOver[];
  /** Folders with code that are taken for modules or examples: no block of a root, no state. Sorted by path. */
  modules: string[];
}

/**
 * A folder straight below root that holds code is an environment; root itself and deeper folders are where they also
 * have a lock file, a `backend`, `cloud` or `provider` block, or a state. None is that any of the code calls as a module.
 *
 * @param folders All folders of the tree that hold something.
 * @param root Absolute path, as it is written.
 */
export function discover(folders: ScannedFolder[], root: string): Discovery {
  const isCalled = calledBy(folders);
  const found: Discovery = { environments: [], passedOver: [], modules: [] };
  for (const folder of folders) {
    const { path, real, problem, rootBlocks, hasTerragrunt, hasStack, hasState } = folder;
    const name = path === "" ? basename(root) : path.replaceAll("/", ".");
    const passOver = (why: PassedOver["why"], detail?: string) =>
      found.passedOver.push({ name, path, real, why, ...detail === undefined ? {} : { detail } });
    const isCode = folder.hasTerraform || folder.hasTofu;
    const caller = isCode ? isCalled(folder) : undefined;
    if (caller !== undefined) {
      const signs = [...rootBlocks.length > 0 ? [blocks(rootBlocks)] : [], ...hasState ? ["a state"] : []];
      if (signs.length > 0) passOver("module", `${shown(caller.path)} calls it, and it has ${signs.join(" and ")}`);
      else found.modules.push(path);
    } else if (isEnvironment(folder)) {
      if (environmentName.test(name)) found.environments.push({ name, path, real });
      // Hidden, without a block of a root and without a state, it is somebody's copy.
      else if (rootBlocks.length > 0 || hasState || !name.startsWith(".")) passOver("nameless");
      // Terragrunt writes backend and provider beside code that has neither.
    } else if (isCode && hasTerragrunt) passOver("terragrunt");
    else if (isCode) found.modules.push(path);
    if (!isCode && problem !== undefined && !isStraightBelow(path)) passOver("unreadable", problem);
    else if (!isCode && hasTerragrunt) passOver("terragrunt");
    else if (!isCode && hasStack) passOver("stack");
  }
  return found;
}

function isEnvironment(folder: ScannedFolder): boolean {
  const { path, problem, hasTerraform, hasTofu, hasLockFile, hasState, rootBlocks } = folder;
  if (!hasTerraform && !hasTofu) return problem !== undefined && isStraightBelow(path);
  // A folder whose code cannot be read may have any block.
  return isStraightBelow(path) || hasLockFile || hasState || rootBlocks.length > 0 || problem !== undefined;
}

function isStraightBelow(path: string): boolean {
  return path !== "" && !path.includes("/");
}

/** Tells the folder whose code calls another as a module. */
function calledBy(folders: ScannedFolder[]): (folder: ScannedFolder) => ScannedFolder | undefined {
  const exact = new Map<string, ScannedFolder>();
  const patterns: { pattern: RegExp; caller: ScannedFolder }[] = [];
  for (const caller of folders) {
    for (const call of caller.calls) {
      if (call === caller.real) continue;
      if (!call.includes("${")) exact.set(call, caller);
      else patterns.push({ pattern: patternOf(call), caller });
    }
  }
  return (folder) =>
    exact.get(folder.real) ??
      patterns.find(({ pattern, caller }) => caller !== folder && pattern.test(folder.real))?.caller;
}

/** OpenTofu allows variables in a source: each stands for some part of a path. */
function patternOf(call: string): RegExp {
  const parts = call.split(/\$\{[^}]*\}/).map((part) => part.replace(/[^\w/]/g, "\\$&"));
  return new RegExp(`^${parts.join("[^/]+")}$`);
}

/**
 * Refuses two environments of one name: reports, log files and memory would mix them up.
 *
 * @throws {UsageError} that names both folders.
 */
export function refuseSameNames(environments: FoundEnvironment[], root: string): void {
  const paths = new Map<string, string>();
  for (const { name, path } of environments) {
    const other = paths.get(name);
    if (other !== undefined) {
      throw new UsageError(
        `Cannot tell two environments in "${root}" apart: ${shown(other)} and ${shown(path)} would both be called ` +
          `"${name}"; give them names under "environments" of the configuration, each with its "dir"`,
      );
    }
    paths.set(name, path);
  }
}

/** A warning for a report. */
export interface LayoutWarning {
  /** One sentence. */
  summary: string;
  /** What to do. */
  detail: string;
}

const MOST_NAMES = 10;

/** What to say in a report of the folders that were passed over: one warning for each reason. */
export function layoutWarnings(passedOver: PassedOver[], root: string): LayoutWarning[] {
  const leaveOut = (name: string) => `or leave it out on purpose with "${name}": false`;
  const say: Record<PassedOver["why"], (ones: PassedOver[], which: string, is: string) => LayoutWarning> = {
    unlisted: ([one], which, is) => ({
      summary: `${which} ${is} in no environment`,
      detail: `Name it under "environments", ${leaveOut(one!.name)}.`,
    }),
    nameless: ([one], which, is) => ({
      summary: `${which} ${is} in no environment`,
      detail: `A name is ${environmentNameRule}: name it under "environments" with its "dir", ${leaveOut(one!.name)}.`,
    }),
    module: (ones, which, is) => ({
      summary: `${which} ${is} in no environment: code calls ${ones.length === 1 ? "it" : "them"} as a module`,
      detail: `${sentence(ones)}. If it is also planned on its own, name it under "environments", ${
        leaveOut(ones[0]!.name)
      }.`,
    }),
    terragrunt: ([one], which, is) => ({
      summary: `${which} ${is} in no environment: Terragrunt writes ${is === "is" ? "its" : "their"} code`,
      detail: `Let Terragrunt plan, and hand the plan to "pve-drift replay": see "Terragrunt" in the handbook, ${
        leaveOut(one!.name)
      }.`,
    }),
    submodule: (ones, which, is) => ({
      summary: `${which} ${is} empty: ${
        ones.length === 1 ? "a submodule that is" : "submodules that are"
      } not checked out`,
      detail: `Run "git submodule update --init" in the checkout, ${leaveOut(ones[0]!.name)}.`,
    }),
    stack: ([one], which, is) => ({
      summary: `${which} ${is} in no environment: ${is === "is" ? "it holds a Terraform Stack" : "they hold Stacks"}`,
      detail: `Only HCP Terraform plans a Stack: look for drift there, ${leaveOut(one!.name)}.`,
    }),
    misnamed: ([one], which, is) => ({
      summary: `${which} ${is} in no environment: "${one!.name}" under "environments" looks for a folder of that name`,
      detail: `If this is the folder that is meant, give the entry "dir": "${one!.path}".`,
    }),
    unreadable: (ones, which, is) => ({
      summary: `${which} cannot be read, so nobody knows whether an environment ${is} in it`,
      detail: `${sentence(ones)}.`,
    }),
  };
  return (Object.keys(say) as PassedOver["why"][]).flatMap((why) => {
    const ones = passedOver.filter((one) => one.why === why);
    if (ones.length === 0) return [];
    const names = list(ones.map(({ path }) => shown(path)));
    const only = ones[0]!.path === "" ? `Folder ${root} itself` : `Folder ${names} below ${root}`;
    const which = ones.length === 1 ? only : `${ones.length} folders below ${root}`;
    const warning = say[why](ones, which, ones.length === 1 ? "is" : "are");
    return [ones.length === 1 ? warning : { ...warning, detail: `They are ${names}. ${warning.detail}` }];
  });
}

function sentence(ones: PassedOver[]): string {
  return ones.slice(0, MOST_NAMES).map(({ path, detail }) => `${shown(path)}: ${detail}`).join("; ");
}

/** Names in a row, the first ones where there are many. */
export function list(names: string[]): string {
  const rest = names.length - MOST_NAMES;
  return rest > 0 ? `${names.slice(0, MOST_NAMES).join(", ")} and ${rest} more` : names.join(", ");
}

function shown(path: string): string {
  return path === "" ? "the root itself" : `"${path}"`;
}

function blocks(names: string[]): string {
  return names.length === 1 ? `a ${names[0]} block` : `${names.join(" and ")} blocks`;
}
