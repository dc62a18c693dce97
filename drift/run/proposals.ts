/**
 * The entries that environments suggest, after a look at their folders and their backends.
 *
 * @module
 */

import { join } from "node:path";
import type { Environment, TerraformSettings } from "../config/config.ts";
import { readSigns } from "../config/folder_signs.ts";
import { type Proposal, propose } from "../config/proposals.ts";
import { childEnvironment } from "../terraform/command.ts";
import { listWorkspaces } from "../terraform/workspaces.ts";

/** How long a backend may take to name its workspaces, in milliseconds. */
const LONGEST_LIST_MS = 20_000;

/** What the look needs. */
export interface ProposalDeps {
  /** The program of all, and its variables. */
  terraform: Pick<TerraformSettings, "bin" | "env">;
  /** Environment variables of our own process. */
  inherited: Record<string, string>;
  /** The data directory of an initialized environment; absent: the folder's own, where it is initialized. */
  dataDirOf?: (environment: Environment) => string;
  /** Ends the look. */
  stop: AbortSignal;
}

/** What this environment suggests; nothing where its entry says more than a folder, or it suggests nothing. */
export async function proposalFor(environment: Environment, deps: ProposalDeps): Promise<Proposal | undefined> {
  const { dir, workspace, varFiles, backendConfig } = environment;
  if (workspace !== undefined || varFiles.length > 0 || backendConfig.length > 0) return undefined;
  const signs = await readSigns(dir);
  const workspaces = new Set([...signs.workspaces, ...await backendWorkspaces(environment, deps)]);
  return propose({ ...signs, workspaces: [...workspaces].sort() });
}

async function backendWorkspaces(
  environment: Environment,
  { terraform, inherited, dataDirOf, stop }: ProposalDeps,
): Promise<string[]> {
  const dataDir = dataDirOf?.(environment) ?? join(environment.dir, ".terraform");
  if (!await Deno.stat(dataDir).then(() => true, () => false)) return [];
  const runDir = await Deno.makeTempDir({ prefix: "pve-drift-workspaces-" });
  try {
    const { env } = childEnvironment(inherited, { ...terraform.env, ...environment.env });
    return await listWorkspaces({
      bin: environment.bin ?? terraform.bin,
      cwd: environment.dir,
      env: { ...env, TF_DATA_DIR: dataDir },
      runDir,
      stop: AbortSignal.any([stop, AbortSignal.timeout(LONGEST_LIST_MS)]),
    });
  } finally {
    await Deno.remove(runDir, { recursive: true });
  }
}
