/**
 * What lies near by where no environment was found: most often the root is a folder too high, too low, or elsewhere.
 *
 * @module
 */

import { discover, type Discovery, list } from "./discovery.ts";
import { scanFolders } from "./folder_scan.ts";

/** How deep to look: this is a hint, and the working directory may be somebody's home. */
const DEPTH = 4;

/**
 * Clauses that say what was seen.
 *
 * @param root Absolute folder in which no environment was found.
 * @param cwd Absolute working directory.
 */
export async function seenNearby(root: string, cwd: string): Promise<string[]> {
  const isThere = await Deno.stat(root).then(({ isDirectory }) => isDirectory, () => false);
  const below = isThere ? await look(root) : undefined;
  const seen = isThere ? aboutModules("it", below) : ["that folder does not exist"];
  if (root === cwd || isThere) return seen;
  const here = await look(cwd);
  if (!here) return seen;
  if (here.environments.length > 0) {
    seen.push(
      `the working directory holds ${list(here.environments.map(({ name }) => `"${name}"`))}: try --root .`,
    );
  }
  const units = here.passedOver.filter(({ why }) => why === "terragrunt").length;
  if (units > 0) seen.push(`the working directory holds ${units} of Terragrunt: see "Terragrunt" in the handbook`);
  return [...seen, ...aboutModules("the working directory", here)];
}

/** Nothing where it cannot be looked at: this is a hint. */
async function look(folder: string): Promise<Discovery | undefined> {
  return await scanFolders(folder, DEPTH).then((folders) => discover(folders, folder), () => undefined);
}

const SIGNS = "no lock file, no state, and no backend, cloud or provider block";

function aboutModules(where: string, found: Discovery | undefined): string[] {
  const modules = found?.modules ?? [], deeper = modules.filter((path) => path !== "");
  return [
    ...modules.includes("")
      ? [`${where} holds code itself, but ${SIGNS}: name it with "dir" under "environments"`]
      : [],
    ...deeper.length > 0
      ? [
        `${deeper.length} ${deeper.length === 1 ? "folder" : "folders"} further down ${
          deeper.length === 1 ? "holds" : "hold"
        } code that is taken for modules (${SIGNS}, or other code calls it): ${
          list(deeper.map((path) => `"${path}"`))
        }`,
      ]
      : [],
  ];
}
