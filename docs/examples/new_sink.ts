/**
 * `deno task sink:new NAME` creates your own sink in the current folder, with a test that passes, the types, and a
 * sample report; with `--from EXAMPLE`, as a copy of that example. It overwrites none of your files.
 *
 * @module
 */

import { basename, extname, join, resolve } from "node:path";

/** Files that are copied beside each new sink. */
const COMPANIONS = ["pve_drift_sink.d.ts", "sample_report.json"];

/** The files of the examples that can be copied. */
const EXAMPLES: Record<string, string> = {
  apprise: "apprise_sink.py",
  ntfy: "ntfy.ts",
  sendmail: "sendmail.sh",
  webhook: "webhook.ts",
};

/** Reads a file beside this one. */
const own = (file: string) => Deno.readTextFile(new URL(file, import.meta.url));

/**
 * Writes the files of a new sink.
 *
 * @param name The sink's name, in kebab case.
 * @param folder Folder for the files.
 * @returns The paths of the sink and its test.
 * @throws {Error} if the name is not valid, or a file exists already
 */
export async function newSink(name: string, folder: string): Promise<{ sink: string; test: string }> {
  const stem = stemOf(name);
  const adapt = (text: string) =>
    text.replaceAll("my-sink", name).replaceAll("MY_SINK", stem.toUpperCase())
      .replace(/\btemplate(_test)?\.ts\b/g, `${stem}$1.ts`);
  const made = { sink: join(folder, `${stem}.ts`), test: join(folder, `${stem}_test.ts`) };
  await prepare(name, folder, Object.values(made));
  await Deno.writeTextFile(made.sink, adapt(await own("template.ts")), { createNew: true });
  await Deno.writeTextFile(made.test, adapt(await own("template_test.ts")), { createNew: true });
  for (const file of COMPANIONS) await Deno.writeTextFile(join(folder, file), await own(file));
  return made;
}

/**
 * Writes a copy of an example under a name of its own.
 *
 * @param name The sink's name, in kebab case.
 * @param folder Folder for the files.
 * @param example The example's name.
 * @returns How the configuration calls it, as `file:/srv/sinks/my_sink.ts`.
 * @throws {Error} if the name is not valid, there is no such example, or a file exists already
 */
export async function copySink(name: string, folder: string, example: string): Promise<string> {
  const stem = stemOf(name);
  const file = Object.hasOwn(EXAMPLES, example) ? EXAMPLES[example] : undefined;
  if (file === undefined) {
    throw new Error(
      `Cannot make sink "${name}" from "${example}": the examples are ${Object.keys(EXAMPLES).join(", ")}; built-in ` +
        "sinks are parts of the program",
    );
  }
  const path = join(folder, `${stem}${extname(file)}`);
  await prepare(name, folder, [path]);
  const text = (await own(file)).replaceAll(file, basename(path)).replace(`name: "${example}"`, `name: "${name}"`);
  const isModule = extname(file) === ".ts";
  await Deno.writeTextFile(path, text, { createNew: true, mode: isModule ? 0o644 : 0o755 });
  if (!isModule) return `exec:${path}`;
  for (const companion of COMPANIONS) await Deno.writeTextFile(join(folder, companion), await own(companion));
  return `file:${path}`;
}

function stemOf(name: string): string {
  if (/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(name)) return name.replaceAll("-", "_");
  throw new Error(`Cannot make sink "${name}": a name is kebab-case, like "my-sink"`);
}

/** Makes the folder, and refuses to replace a file in it. */
async function prepare(name: string, folder: string, paths: string[]): Promise<void> {
  await Deno.mkdir(folder, { recursive: true });
  for (const path of paths) {
    if (await Deno.lstat(path).then(() => true, () => false)) {
      throw new Error(`Cannot make sink "${name}": "${path}" is there already; remove it, or take another name`);
    }
  }
}

if (import.meta.main) {
  const say = (to: { writeSync(bytes: Uint8Array): number }, text: string) =>
    to.writeSync(new TextEncoder().encode(text));
  const from = Deno.args.indexOf("--from");
  const example = from < 0 ? undefined : Deno.args[from + 1] ?? "";
  const [name, folder = "."] = from < 0 ? Deno.args : Deno.args.toSpliced(from, 2);
  try {
    if (name === undefined) {
      throw new Error("Cannot tell what to make: deno task sink:new NAME [FOLDER] [--from EXAMPLE]");
    }
    // deno task starts in the project's folder; INIT_CWD is the user's folder.
    const place = resolve(Deno.env.get("INIT_CWD") ?? ".", folder);
    if (example !== undefined) {
      const use = await copySink(name, place, example);
      say(
        Deno.stdout,
        `Made ${use.slice(use.indexOf(":") + 1)}. Its first lines show its entry. Next: "use": "${use}"\n`,
      );
      Deno.exit(0);
    }
    const { sink, test } = await newSink(name, place);
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
