/**
 * What lies near by where no environment was found: most often the root is a folder too high, too low, or elsewhere.
 *
 * @module
 */

import type { Nearby } from "./config.ts";
import { discover, type Discovery, list } from "./discovery.ts";
import { scanFolders } from "./folder_scan.ts";
import { TERRAGRUNT_CURE } from "./select.ts";

/** How deep to look: this is a hint, and the working directory may be somebody's home. */
const DEPTH = 4;

/**
 * Looks around.
 *
 * @param root Absolute folder in which no environment was found.
 * @param named The same as the user named it; absent where nobody did.
 * @param cwd Absolute working directory.
 */
export async function seenNearby(root: string, named: string | undefined, cwd: string): Promise<Nearby> {
  const isThere = await Deno.stat(root).then(({ isDirectory }) => isDirectory, () => false);
  if (isThere) return { where: `"${named ?? root}"`, seen: aboutModules("It", await look(root)) };
  const missing = named === undefined ? {} : { where: `"${named}"` };
  const seen = named === undefined ? [] : ["That folder does not exist"];
  const here = await look(cwd);
  if (!here) return { ...missing, seen };
  const [first, ...others] = here.environments.map(({ name }) => `"${name}"`);
  const units = here.passedOver.filter(({ why }) => why === "terragrunt").length;
  if (first !== undefined) seen.push(`The working directory holds ${list([first, ...others])}`);
  if (units > 0) {
    seen.push(`The working directory holds ${units === 1 ? "a folder" : `${units} folders`} of Terragrunt`);
  }
  const cure = first !== undefined
    ? "To check what the working directory holds, add --root ."
    : units > 0
    ? TERRAGRUNT_CURE
    : undefined;
  return {
    ...missing,
    seen: [...seen, ...aboutModules("The working directory", here)],
    ...cure === undefined ? {} : { cure },
  };
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
