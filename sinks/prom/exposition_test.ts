import { assertEquals, assertThrows } from "@std/assert";
import { ExpositionError, type Family, parse, render, type Sample } from "./exposition.ts";

function gauge(name: string, samples: Sample[], help = ""): Family {
  return { name, help, type: "gauge", samples };
}

Deno.test("render() writes HELP, TYPE and the series of each metric together", () => {
  const text = render([
    gauge("a_seconds", [{ labels: { env: "prod" }, value: 1.5 }, { labels: { env: "lab" }, value: 0 }], "How long."),
    gauge("empty", []),
    gauge("b", [{ labels: {}, value: 1e21 }], 'A \\ and\na "line".'),
  ]);
  assertEquals(
    text,
    `# HELP a_seconds How long.
# TYPE a_seconds gauge
a_seconds{env="prod"} 1.5
a_seconds{env="lab"} 0
# HELP b A \\\\ and\\na "line".
# TYPE b gauge
b 1e+21
`,
  );
  assertEquals(render([]), "");
});

Deno.test("render() escapes label values and writes every number", () => {
  const numbers = [NaN, Infinity, -Infinity, -0, 0.1, -1e-7];
  const text = render([gauge("n", numbers.map((value, at) => ({ labels: { at: `${at}` }, value })))]);
  assertEquals(text.match(/(?<=} ).*/g), ["NaN", "+Inf", "-Inf", "0", "0.1", "-1e-7"]);
  assertEquals(
    render([gauge("l", [{ labels: { v: 'a"b\\c\nd' }, value: 1 }])]).split("\n")[2],
    'l{v="a\\"b\\\\c\\nd"} 1',
  );
});

Deno.test("render() writes what UTF-8 cannot carry as U+FFFD, and sees that two values become one", () => {
  const sample = (v: string) => ({ labels: { v }, value: 1 });
  assertEquals(parse(render([gauge("l", [sample("a\ud800")])]))[0]!.samples, [sample("a\ufffd")]);
  assertThrows(() => render([gauge("l", [sample("\ud800"), sample("\udfff")])]), ExpositionError, "given twice");
});

Deno.test("render() refuses what would be dropped or break the file", () => {
  const refused: [Family[], string][] = [
    [[gauge("a b", [])], 'Cannot write metric "a b": not a metric\'s name'],
    [[gauge("1a", [])], "not a metric's name"],
    [[gauge("a", []), gauge("a", [])], 'Cannot write metric "a": given twice'],
    [[gauge("a", [{ labels: { "b-c": "" }, value: 1 }])], 'Cannot write label "b-c"'],
    [
      [gauge("a", [{ labels: { x: "1", y: "2" }, value: 1 }, { labels: { y: "2", x: "1" }, value: 2 }])],
      'series a{y="2",x="1"} given twice',
    ],
  ];
  for (const [families, message] of refused) assertThrows(() => render(families), ExpositionError, message);
});

Deno.test("parse() reads what others write too", () => {
  const text = `
# just a comment
# HELP up Is it up?
# TYPE up counter
up{ job = "a" , env="b", } 1
other 2
up{job="}, x=\\"",env="c"}\t+Inf  
# EOF
`;
  assertEquals(parse(text), [
    {
      name: "up",
      help: "Is it up?",
      type: "counter",
      samples: [
        { labels: { job: "a", env: "b" }, value: 1 },
        { labels: { job: '}, x="', env: "c" }, value: Infinity },
      ],
    },
    { name: "other", help: "", type: "untyped", samples: [{ labels: {}, value: 2 }] },
  ]);
  assertEquals(parse(""), []);
});

for (
  const [what, text] of [
    ["cut in the middle", "a 1\nb 2"],
    ["CRLF", "a 1\r\n"],
    ["a timestamp", "a 1 1700000000000\n"],
    ["a series given twice", 'a{x="1",y="2"} 1\na{y="2",x="1"} 2\n'],
    ["a label given twice", 'a{x="1",x="2"} 1\n'],
    ["an unknown escape", 'a{x="\\t"} 1\n'],
    ["an unknown escape in HELP", "# HELP a b\\t\n"],
    ["a quote that is not closed", 'a{x="1} 1\n'],
    ["no value", "a\n"],
    ["a value that is none", "a 0x10\n"],
    ["a value with something behind it", "a 1 # {}\n"],
    ["a name that is none", "a-b 1\n"],
    ["a label that is none", 'a{b-c="1"} 1\n'],
    ["a type of several series", "# TYPE a histogram\n"],
    ["a type after a series", "a 1\n# TYPE a gauge\n"],
    ["a second type", "# TYPE a gauge\n# TYPE a gauge\n"],
    ["a second help", "# HELP a x\n# HELP a x\n"],
    ["zeros", "\0\0\0\n"],
    ["JSON", '{"a":1}\n'],
  ]
) {
  Deno.test(`parse() refuses ${what}`, () => {
    assertThrows(() => parse(text!), ExpositionError, "Cannot read metrics: ");
  });
}

Deno.test("parse() names the line that is wrong", () => {
  assertThrows(() => parse("a 1\n\nb x\n"), ExpositionError, 'line 3 is no series with its value, got "b x"');
});

Deno.test("parse() gives back what render() wrote, whatever the labels and numbers", () => {
  const random = generator(42);
  const pick = <T>(from: readonly T[]) => from[Math.floor(random() * from.length)]!;
  const PIECES = [
    "\\",
    "\\n",
    "\n",
    '"',
    "{",
    "}",
    ",",
    "=",
    " ",
    "a",
    "é",
    "数",
    "👩‍💻",
    "\t",
    "\r",
    "\u2028",
    "#",
    "\0",
    "",
  ];
  const NUMBERS = [0, 1, -1, 0.1, 1e300, 5e-324, 2 ** 53, NaN, Infinity, -Infinity, 1732424400];
  const string = () => Array.from({ length: Math.floor(random() * 8) }, () => pick(PIECES)).join("");
  for (let round = 0; round < 2_000; round++) {
    const families = Array.from({ length: 1 + Math.floor(random() * 3) }, (_, at): Family => {
      const samples = new Map<string, Sample>();
      for (let left = 1 + Math.floor(random() * 4); left > 0; left--) {
        const labels = { env: string(), ...(random() < 0.5 ? { __proto: string() } : {}) };
        samples.set(JSON.stringify(labels), { labels, value: pick(NUMBERS) });
      }
      const type = pick(["gauge", "counter", "untyped"] as const);
      return { name: `m${at}:x_`, help: string(), type, samples: [...samples.values()] };
    });
    assertEquals(parse(render(families)), families);
  }
});

Deno.test("parse() never hangs and never takes a file for whole when bytes of it are lost", () => {
  const whole = render([
    gauge("m", Array.from({ length: 9 }, (_, at) => ({ labels: { env: `e"${at}` }, value: at * 11 })), "Help."),
  ]);
  for (let end = 0; end < whole.length; end++) {
    if (whole[end - 1] === "\n" || end === 0) continue;
    assertThrows(() => parse(whole.slice(0, end)), ExpositionError);
  }
  const long = `m{${'x="'.repeat(50_000)}\n`;
  assertThrows(() => parse(long), ExpositionError);
});

/** Mulberry32: the same numbers every time. */
function generator(seed: number): () => number {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}
