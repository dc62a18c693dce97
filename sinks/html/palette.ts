/**
 * The colors of the page, for light and for dark. A test computes that each pair can be read (WCAG 2.2, level AA).
 *
 * @module
 */

/** Names of the colors; `okSoft` and its like lie behind text of `ok`. */
export type Color =
  | "page"
  | "card"
  | "line"
  | "text"
  | "muted"
  | "link"
  | "ok"
  | "okSoft"
  | "drift"
  | "driftSoft"
  | "error"
  | "errorSoft"
  | "news"
  | "newsSoft"
  | "none"
  | "code";

/** Which scheme the reader's device asks for. */
export type Scheme = "light" | "dark";

/** The colors, as `#rrggbb`. */
export const PALETTE: Record<Scheme, Record<Color, string>> = {
  light: {
    page: "#f5f6f7",
    card: "#ffffff",
    line: "#d9dde2",
    text: "#1d2329",
    muted: "#57606a",
    link: "#0a58ca",
    ok: "#187a3b",
    okSoft: "#e3f4e8",
    drift: "#8a5a00",
    driftSoft: "#fdf1d8",
    error: "#b3202c",
    errorSoft: "#fde8e8",
    news: "#0a4fb8",
    newsSoft: "#e4eefc",
    none: "#8b949e",
    code: "#f0f2f4",
  },
  dark: {
    page: "#101418",
    card: "#181d23",
    line: "#303841",
    text: "#e4e8ec",
    muted: "#9da7b2",
    link: "#7fb2ff",
    ok: "#58c27a",
    okSoft: "#14301f",
    drift: "#e3b04b",
    driftSoft: "#35290f",
    error: "#ff8a85",
    errorSoft: "#3d1a1c",
    news: "#8dbaff",
    newsSoft: "#172a45",
    none: "#6b7682",
    code: "#21272e",
  },
};

/** Pairs of a text and what lies behind it. */
export const TEXT_PAIRS: readonly [text: Color, behind: Color][] = [
  ...(["text", "muted", "link"] as const).flatMap((text) => [[text, "page"], [text, "card"]] as [Color, Color][]),
  ["text", "code"],
  ["muted", "code"],
  ["text", "okSoft"],
  ["text", "driftSoft"],
  ["text", "errorSoft"],
  ["muted", "okSoft"],
  ["muted", "driftSoft"],
  ["muted", "errorSoft"],
  ["ok", "okSoft"],
  ["drift", "driftSoft"],
  ["error", "errorSoft"],
  ["error", "card"],
  ["ok", "card"],
  ["drift", "card"],
  ["news", "newsSoft"],
];

/** Pairs of a mark that says something by itself, and what lies behind it. */
export const MARK_PAIRS: readonly [mark: Color, behind: Color][] = [
  ["ok", "card"],
  ["drift", "card"],
  ["error", "card"],
  ["none", "card"],
];
