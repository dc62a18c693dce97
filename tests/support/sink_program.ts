/**
 * A program with only the hidden command of `file:` sinks; their child process in tests.
 *
 * @module
 */

import { runSinkChild } from "../../sinks/load.ts";

if (Deno.args[0] === "__sink") Deno.exit(await runSinkChild());
