/**
 * A program that writes the sample page into `FILE`, keeping what it must in `STATE_DIR`, and says how that went.
 *
 *     deno run … tests/support/page_child.ts FILE STATE_DIR
 *
 * @module
 */

import { writeSamplePage } from "../lab/page/sample.ts";

const [file, stateDir] = Deno.args as [string, string];
const said = await writeSamplePage(file, stateDir).then(() => "written", (error) => (error as Error).message);
Deno.stdout.writeSync(new TextEncoder().encode(`${said}\n`));
