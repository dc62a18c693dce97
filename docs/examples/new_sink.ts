/**
 * `deno task sink:new NAME` creates your own sink in the current folder, with a test that passes, the types, and a
 * sample report. It overwrites none of your files.
 *
 * @module
 */

import { join, resolve } from "node:path";

/** Files that are copied beside each new sink. */
const COMPANIONS = ["pve_drift_sink.d.ts", "sample_report.json"];

/**
 * Writes the files of a new sink.
 *
 * @param name The sink's name, in kebab case.
 * @param folder Folder for the files.
 * @returns The paths of the sink and its test.
 * @throws {Error} if the name is not valid, or a file exists already
 */
export async function newSink(name: string, folder: string): Promise<{ sink: string; test: string }> {
  if (!/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(name)) {
    throw new Error(`Cannot make sink "${name}": a name is kebab-case, like "my-sink"`);
  }
  const stem = name.replaceAll("-", "_");
  const adapt = (text: string) =>
    text.replaceAll("my-sink", name).replaceAll("MY_SINK", stem.toUpperCase())
      .replace(/\btemplate(_test)?\.ts\b/g, `${stem}$1.ts`);
  const made = { sink: join(folder, `${stem}.ts`), test: join(folder, `${stem}_test.ts`) };
  await Deno.mkdir(folder, { recursive: true });
  for (const path of Object.values(made)) {
    if (await Deno.lstat(path).then(() => true, () => false)) {
      throw new Error(`Cannot make sink "${name}": "${path}" is there already; remove it, or take another name`);
    }
  }
  const own = (file: string) => Deno.readTextFile(new URL(file, import.meta.url));
  await Deno.writeTextFile(made.sink, adapt(await own("template.ts")), { createNew: true });
  await Deno.writeTextFile(made.test, adapt(await own("template_test.ts")), { createNew: true });
  for (const file of COMPANIONS) await Deno.writeTextFile(join(folder, file), await own(file));
  return made;
}

if (import.meta.main) {
  const say = (to: { writeSync(bytes: Uint8Array): number }, text: string) =>
    to.writeSync(new TextEncoder().encode(text));
  const [name, folder = "."] = Deno.args;
  try {
    if (name === undefined) throw new Error("Cannot tell what to make: deno task sink:new NAME [FOLDER]");
    // deno task starts in the project's folder; INIT_CWD is the user's folder.
    const { sink, test } = await newSink(name, resolve(Deno.env.get("INIT_CWD") ?? ".", folder));
    const grants = `--allow-net=127.0.0.1 --allow-env=${name.replaceAll("-", "_").toUpperCase()}_TOKEN`;
    say(
      Deno.stdout,
      `Made ${sink} and its test, with types and a sample report beside them. Next:
    deno test ${grants} ${test}
    deno task drift --dry-run --sink "+file:${sink}?url=https://example.org&tokenEnv=HOME"
`,
    );
  } catch (error) {
    say(Deno.stderr, `${(error as Error).message}\n`);
    Deno.exit(64);
  }
}
