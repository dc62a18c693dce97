import { assert, assertEquals, assertMatch } from "@std/assert";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { STYLE } from "../../sinks/html/style.ts";
import { startBrowser } from "../lab/browser.ts";
import { lastReport, writeSamplePage } from "../lab/page/sample.ts";
import { contrast } from "../support/contrast.ts";
import { hostileReport } from "../support/hostile_report.ts";
import { errorReport, manyReport, strangeReport } from "../support/sample_reports.ts";
import { ROOT, run, testWith } from "../support/programs.ts";

/** A phone of the narrowest kind and a desktop's window. */
const WIDTHS = [360, 1280];
const CHILD = "tests/support/page_child.ts";
const SCHEMES = ["light", "dark"] as const;
const REPORTS = {
  usual: lastReport(),
  failing: errorReport(),
  many: manyReport(),
  strange: strangeReport(),
  hostile: hostileReport(),
};

/** Each text on the page with its color and what lies behind it, as `rgb(…)`: what is folded is unfolded before. */
const TEXT_COLORS = `(() => {
  for (const one of document.querySelectorAll("details")) one.open = true;
  const behind = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const { backgroundColor } = getComputedStyle(at);
      if (backgroundColor !== "rgba(0, 0, 0, 0)") return backgroundColor;
    }
    return "rgb(255, 255, 255)";
  };
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const found = [];
  while (walker.nextNode()) {
    const text = walker.currentNode.data.trim(), element = walker.currentNode.parentElement;
    if (text) found.push([text.slice(0, 60), getComputedStyle(element).color, behind(element)]);
  }
  return found;
})()`;

/** Elements that stand out of the window at its right. */
const OVERFLOWING = `(() => {
  for (const one of document.querySelectorAll("details")) one.open = true;
  const { clientWidth, scrollWidth } = document.documentElement;
  const wide = [...document.querySelectorAll("body *")].filter((one) =>
    one.getBoundingClientRect().right > clientWidth + 0.5 || one.scrollWidth > one.clientWidth + 1 && one.clientWidth > 0
      && getComputedStyle(one).display !== "inline"
  );
  return [scrollWidth > clientWidth, wide.slice(0, 5).map((one) => one.outerHTML.slice(0, 200))];
})()`;

const HEX = (color: string) =>
  `#${color.match(/\d+/g)!.slice(0, 3).map((part) => Number(part).toString(16).padStart(2, "0")).join("")}`;

testWith(
  ["chromium-headless-shell"],
  "a browser shows the html sink's page on a phone and a desktop, light and dark",
  async (test, chromium) => {
    await using browser = await startBrowser(chromium);
    const folder = await Deno.makeTempDir({ prefix: "page-" });
    try {
      for (const [name, report] of Object.entries(REPORTS)) {
        const stateDir = join(folder, name);
        await Deno.mkdir(stateDir);
        const html = join(stateDir, "index.html");
        await writeSamplePage(html, stateDir, report);
        for (const width of WIDTHS) {
          for (const scheme of SCHEMES) {
            await test.step(`${name}, ${width} pixels, ${scheme}`, async () => {
              const page = await browser.open(html, { width, scheme });
              assertEquals(page.asked, [pathToFileURL(html).href], "the page loads something");
              assertEquals(page.complaints, []);

              const texts = await page.ask<[string, string, string][]>(TEXT_COLORS);
              assert(texts.length > 20);
              for (const [text, front, behind] of texts) {
                const found = contrast(HEX(front), HEX(behind));
                assert(found >= 4.5, `"${text}" has a contrast of ${found.toFixed(2)}: ${front} on ${behind}`);
              }
              assertEquals(await page.ask(OVERFLOWING), [false, []]);
              const body = await page.ask<string>("getComputedStyle(document.body).backgroundColor");
              assertEquals(HEX(body), scheme === "light" ? "#f5f6f7" : "#101418");
            });
          }
        }
        await test.step(`${name}: links lead somewhere, and nothing that a stranger wrote is more than text`, async () => {
          const page = await browser.open(html, { width: 1280, scheme: "light" });
          const links = await page.ask<[string, boolean][]>(`[...document.querySelectorAll("a")].map((one) =>
            [one.getAttribute("href"), document.getElementById(one.getAttribute("href").slice(1)) !== null])`);
          assert(links.length >= 2);
          for (const [href, isThere] of links) assert(isThere, href);
          await page.ask(`location.hash = document.querySelector("a").getAttribute("href")`);
          assert(await page.ask<boolean>(`document.querySelector(":target").matches("section.env")`));
          assertEquals(await page.ask("typeof pwned"), "undefined");
          assertEquals(
            await page.ask("document.querySelectorAll('script, img, svg, base, form, iframe, link').length"),
            0,
          );
          assertEquals(await page.ask("document.querySelector('style').textContent"), STYLE);
        });
      }
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
);

testWith(
  ["unshare", "mount"],
  "a full disk keeps the html sink's old page, and nothing beside it",
  async (_, unshare) => {
    const dir = await Deno.makeTempDir({ prefix: "page-" });
    try {
      const env = { D: dir, DENO: Deno.execPath(), CONFIG: join(ROOT, "deno.json"), CHILD: join(ROOT, CHILD) };
      const script = `
      mkdir "$D/www" "$D/state"
      mount -t tmpfs -o size=64k none "$D/www"
      write() { "$DENO" run -q -A --config="$CONFIG" "$CHILD" "$D/www/index.html" "$D/state"; }
      write
      sha256sum <"$D/www/index.html"
      head -c 1000000 /dev/zero >"$D/www/full" 2>/dev/null || true
      write
      sha256sum <"$D/www/index.html"
      ls -A "$D/www"`;
      const { stdout, stderr } = await run(unshare!, ["--mount", "sh", "-euc", script], { env });
      const [first, before, second, after, ...names] = stdout.trim().split("\n");
      assertEquals(first, "written", stderr);
      assertMatch(second!, /^Cannot write ".*index\.html": .*(?:disk is full|No space left)/);
      assertEquals([after, names], [before, ["full", "index.html"]]);
    } finally {
      await Deno.remove(dir, { recursive: true });
    }
  },
  Deno.uid() === 0 ? undefined : "needs root, to mount",
);
