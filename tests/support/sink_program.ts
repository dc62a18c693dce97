/**
 * A program that knows the hidden command of `file:` sinks and nothing else: what their child is in tests.
 *
 * @module
 */

import { runSinkChild } from "../../sinks/load.ts";

if (Deno.args[0] === "__sink") Deno.exit(await runSinkChild());
