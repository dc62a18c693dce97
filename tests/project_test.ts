import { assert, assertEquals, assertMatch } from "@std/assert";
import config from "../deno.json" with { type: "json" };
import { findProgram, run, testWith } from "./support/programs.ts";

const project = new URL("../", import.meta.url);

interface TextFile {
  path: string;
  text: string;
}

/** Paths of the files that are committed or about to be; `undefined` where git cannot tell. */
async function listFiles(): Promise<string[] | undefined> {
  if (!findProgram("git")) return undefined;
  const { code, stdout } = await run("git", ["ls-files", "-z", "--cached", "--others", "--exclude-standard"], {
    cwd: project.pathname,
  });
  return code === 0 ? stdout.split("\0").filter((path) => path !== "") : undefined;
}

/** The texts among these files, without machine-written checksums. */
async function readTexts(paths: string[]): Promise<TextFile[]> {
  const files: TextFile[] = [];
  for (const path of paths) {
    if (/(^|\/)(go\.sum|deno\.lock)$/.test(path)) continue;
    const text = await Deno.readTextFile(new URL(path, project)).catch(() => "\0"); // deleted, or a link to nowhere
    if (!text.includes("\0")) files.push({ path, text });
  }
  return files;
}

const listed = await listFiles();
const paths = listed ?? [];
const files = await readTexts(paths);
const documents = files.filter(({ path }) => path.endsWith(".md"));

/** A test of those files. */
function testFiles(title: string, fn: () => void): void {
  testWith([], title, fn, listed ? undefined : "git is not installed, or this is no checkout of it");
}

/** Every place that a pattern matches, as `path: match`. */
function places(pattern: RegExp, among = files): string[] {
  return among.flatMap(({ path, text }) => [...text.matchAll(pattern)].map(([match]) => `${path}: ${match.trim()}`));
}

testFiles("one version of Deno is named everywhere, and it is the one that runs", () => {
  const current = files.filter(({ path }) => path !== "CHANGELOG.md"); // tells of older ones too
  const named = places(/\bdeno@\d+\.\d+\.\d+|\bDeno \d+\.\d+\.\d+/g, current);
  assert(named.length > 3);
  assertEquals(named.filter((place) => !place.endsWith(Deno.version.deno)), []);
});

Deno.test("--version and the newest release in CHANGELOG.md have the version of deno.json", async () => {
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-q", "-P=drift", "--no-prompt", "drift/check-drift.ts", "--version"],
    cwd: project.pathname,
  }).output();
  assertEquals(new TextDecoder().decode(stdout), `pve-drift ${config.version}\n`);
  const changelog = await Deno.readTextFile(new URL("CHANGELOG.md", project));
  assertEquals(changelog.match(/^## \[(\d.*?)\]/m)?.[1], config.version);
});

testFiles("every task says what it is for, and every task that a document names exists", () => {
  const undescribed = Object.entries(config.tasks).filter(([, { description }]) => !(description.length > 3));
  assertEquals(undescribed, []);
  const named = documents.flatMap(({ path, text }) =>
    [...text.matchAll(/\bdeno(?:@[\d.]+)? task (?:-q )?([a-z][a-z0-9:_-]*)/g)].map((match) => `${path}: ${match[1]}`)
  );
  assert(named.length > 3);
  assertEquals(named.filter((place) => !(place.split(": ")[1]! in config.tasks)), []);
});

Deno.test("README.md begins with what it is and the two commands of a fresh machine", async () => {
  const readme = await Deno.readTextFile(new URL("README.md", project));
  const deno = `npx -y deno@${Deno.version.deno}`;
  assertMatch(readme, new RegExp(`^# pve-drift\n[^#]+\`\`\`sh\n${deno} task demo[^\n]*\n${deno} task test`));
});

testFiles("no file holds a path of the machine it was written on, or the host of a package registry", () => {
  assertEquals(places(/(?<![\w.$~}])\/(?:work|root)\/[\w.~+-]+/g), []);
  const hosts =
    /(?:registry[.]npmjs|(?:proxy|sum)[.]golang|pypi|pythonhosted|repo1?[.]maven(?:[.]apache)?|(?:deb|security)[.]debian)[.]org|\bcrates[.]io/g;
  assertEquals(places(hosts), []);
});

testFiles("no file holds the marks of a merge that was left half done", () => {
  assertEquals(places(/^(?:<{7}|>{7}) .*$/gm), []);
});

testFiles("no docstring begins with Of: it says what the thing is", () => {
  assertEquals(places(/^ *(?:\/\*\*|\*) Of .*$/gm), []);
});

testFiles("links between documents lead to a file, and to a heading where they name one", () => {
  const dead = documents.flatMap(({ path, text }) =>
    links(text).filter((link) => !/^[a-z]+:/.test(link)).filter((link) => {
      const [target, anchor] = link.split("#");
      const file = target ? new URL(target, new URL(path, project)) : new URL(path, project);
      const known = target === "" || paths.some((path) => `${new URL(path, project)}`.startsWith(file.href));
      if (!known || anchor === undefined) return !known;
      const document = documents.find((one) => new URL(one.path, project).href === file.href);
      return !document || !headings(document.text).includes(anchor);
    }).map((link) => `${path}: ${link}`)
  );
  assertEquals(dead, []);
});

testFiles("docs/DEPENDENCIES.md names every package and every built tool", () => {
  const text = documents.find(({ path }) => path === "docs/DEPENDENCIES.md")?.text.toLowerCase() ?? "";
  const packages = Object.values(config.imports).map((value) =>
    value.match(/^npm:\/?((?:@[^/]+\/)?[^@/]+)@/)?.[1] ?? value
  );
  const tools = files.map(({ path }) => path.match(/^tests\/lab\/tools\/([^/]+)\/go\.mod$/)?.[1]);
  const names = [
    ...packages,
    ...tools.filter((tool) => tool !== undefined).map((tool) => tool === "tofu" ? "OpenTofu" : tool),
  ];
  assert(names.length > 8);
  assertEquals(names.filter((name) => !text.includes(name.toLowerCase())), []);
});

/** Targets of the inline links and pictures of a document, those in code left out. */
function links(markdown: string): string[] {
  const prose = markdown.replace(/^```[^]*?^```/gm, "").replace(/`[^`\n]*`/g, "");
  return [...prose.matchAll(/\]\(<?([^)\s>]+)>?\)|<img src="([^"]+)"/g)].map((match) => (match[1] ?? match[2])!);
}

/** Anchors of a document: of its headings, as the usual hosts make them, and those that it sets itself. */
function headings(markdown: string): string[] {
  const set = [...markdown.matchAll(/^<a id="([^"]+)"><\/a>$/gm)].map((match) => match[1]!);
  return set.concat(
    [...markdown.matchAll(/^#+ (.+)$/gm)].map((match) =>
      match[1]!.toLowerCase().replace(/[^\p{L}\p{N} _-]/gu, "").replaceAll(" ", "-")
    ),
  );
}

Deno.test("tests that need more than Node.js and terraform are left out of the plain test run", () => {
  // Deno 2.9.6 heeds --ignore in the first of several folders alone.
  assertMatch(config.tasks.coverage.command, / tests drift lib sinks --ignore=tests\/real( |$)/);
  assertMatch(
    config.tasks.test.command,
    / drift lib sinks tests\/packaging -- --parallel tests --ignore=tests\/real,tests\/packaging --$/,
  );
});

testFiles("a test that applies an estate is skipped where there is no terraform", () => {
  const blind = files.filter(({ path }) => /^tests\/(end_to_end|docs|packaging)\/.*_test\.ts$/.test(path)).flatMap(
    ({ path, text }) =>
      text.split(/^(?=\s*(?:Deno\.test|test\w+)\()/m).filter((one) =>
        /^\s*Deno\.test\(/.test(one) && /\.apply\(/.test(one) && /Estate\.create\(/.test(one)
      ).map((one) => `${path}: ${one.trim().split("\n")[0]}`),
  );
  assertEquals(blind, []);
});
