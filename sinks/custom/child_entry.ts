/**
 * What runs in the child of a `file:` sink where the program runs from source: loads nothing lazily, since the child may not
 * read the program's own folder.
 *
 * @module
 */

import { runSinkChild } from "./child_main.ts";

Deno.exit(await runSinkChild());
