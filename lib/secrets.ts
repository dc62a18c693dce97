/**
 * Keeps secrets out of what is shown: knows which names hold them, and replaces their values wherever they stand.
 *
 * @module
 */

/** What stands in place of a secret. */
export const SENSITIVE = "(sensitive)";

// Words that make a name a secret one, alone (`db_password`) or glued to another (`cipassword`, `PGPASSWORD`).
const SECRET_WORD =
  /(?:passwords?|passwd|passphrase|passcode|secrets?|tokens?|credentials?|apikey|accesskey|secretkey|privatekey|userdata|kubeconfig|psk)$/;
// Two words that do: `private_key`, but not `public_key` or `sort_key`. `source_raw` is a cloud-init file in clear.
const SECRET_PAIR =
  /(?:^|_)(?:(?:private|api|access|secret|encryption|signing|master|(?:pre)?shared|account|auth|client|session|license|storage|hmac|ssl|tls|root)_keys?|user_data|source_raw|kube_config|conn_str|connection_string)(?:_|$)/;
// Only as the last word: `smtp_pass`, but not `pass_through`.
const SECRET_LAST = /(?:^pass|_(?:pass|pwd|otp|psk|cipher_?text))$/;
// What a name that ends so holds is something about the secret, not the secret.
const ABOUT =
  /(?:^|_)(?:ids?|files?|path|dir|directory|names?|types?|ttl|expir\w*|lifetime|duration|age|period|length|size|count|min|max|enabled|required|set|version|policy|method|auth|authentication|algorithm|format|mode|status|ur[il]|endpoint|issuer|audience|scopes?|comment|description|changed|updated|created|at)$/;

const judged = new Map<string, boolean>();

/**
 * Whether an attribute, variable or environment variable of this name holds a secret, to judge by its words: names that
 * providers forget to mark. `token`, `cipassword`, `privateKey` and `TF_VAR_api_key` do; `token_id`, `user_data_file_id`,
 * `secret_name` and `password_ttl` do not. Answers are kept, so it may be asked for each value of a large plan.
 */
export function isSecretName(name: string): boolean {
  let answer = judged.get(name);
  if (answer === undefined) {
    answer = judge(name);
    if (judged.size >= 10_000) judged.clear();
    judged.set(name, answer);
  }
  return answer;
}

function judge(name: string): boolean {
  const words = name.replace(/([a-z0-9])([A-Z])/g, "$1_$2").toLowerCase().replace(/[^a-z0-9]+/g, "_").replace(
    /^_|_$/g,
    "",
  ).replace(/(?<=[a-z])_?\d+$/, "");
  if (ABOUT.test(words)) return false;
  return SECRET_PAIR.test(words) || SECRET_LAST.test(words) || words.split("_").some((word) => SECRET_WORD.test(word));
}

// Of the Proxmox provider's variables, those that say where and how, not with what.
const PROXMOX_OPEN =
  /^PROXMOX_VE_(?:ENDPOINT|INSECURE|USERNAME|SSH_USERNAME|MIN_TLS|TMPDIR|SSH_AGENT|SSH_AUTH_SOCK|SSH_AGENT_FORWARDING|RANDOM_\w+|\w*NODE\w*|\w*SERVER)$/;

function isCredential(name: string): boolean {
  const upper = name.toUpperCase();
  if (upper.startsWith("TF_TOKEN_") || upper === "TF_ENCRYPTION" || isSecretName(name)) return true;
  if (upper.startsWith("TF_VAR_") || ABOUT.test(name.toLowerCase())) return false;
  return upper.startsWith("PROXMOX_VE_") ? !PROXMOX_OPEN.test(upper) : /(?<!PUBLIC)_KEY$/.test(upper);
}

/** An address in a text without what of it is secret by its place: a password, a user that is a token, a query's token. */
function withoutCredentials(text: string): string {
  return text.replace(/(:\/\/[^\s/@:"]*:)[^\s/@"]+@/g, `$1${SENSITIVE}@`)
    .replace(/(:\/\/)[^\s/@:"]{20,}@/g, `$1${SENSITIVE}@`)
    .replace(
      /([?&]([\w.-]+)=)[^&#\s"']+/g,
      (found, start, name) => isSecretName(name) ? `${start}${SENSITIVE}` : found,
    );
}

interface Bucket {
  forms: Set<string>;
  /** Distinct lengths of `forms`, longest first. */
  lengths: number[];
}

/**
 * The secrets of one run and the eraser for them. What is added is found as it is, JSON-escaped, URL-encoded and in base64
 * (also inside a longer encoded text, as in a basic-auth header), and of a secret of several lines each line of 16 and more
 * characters. Overlapping finds are erased together, so that no part of either stays.
 *
 * Scrub before anything is cut to length: a half secret is not recognised.
 */
export class Secrets {
  #plain = new Set<string>();
  /** Taken since the last search, and not in the table yet. */
  #pending: string[] = [];
  /** All forms by their first four characters, and a bit map that most positions of a text fail. */
  #marks = new Uint8Array(0);
  #buckets = new Map<number, Bucket>();

  /** How many different secrets are known. */
  get size(): number {
    return this.#plain.size;
  }

  /**
   * Takes every string of 4 and more characters and every number of 6 and more digits in a JSON value, at any depth. `true`,
   * `false`, `null`, rows of asterisks and what is masked already are no secrets. Of a Proxmox API token
   * (`USER@REALM!ID=UUID`) the UUID is taken by itself as well, of a URL its password.
   */
  add(value: unknown): void {
    if (typeof value === "string") this.#addText(value);
    else if (typeof value === "number") {
      if (/\d{6}/.test(String(value))) this.#addText(String(value));
    } else if (typeof value === "object" && value !== null) {
      for (const part of Object.values(value)) this.add(part);
    }
  }

  /**
   * Takes the values of the variables whose names look like credentials: those of `isSecretName`, any that end in `_KEY` but
   * public ones and Terraform variables, `TF_TOKEN_HOST`, `TF_ENCRYPTION`, and of `PROXMOX_VE_…` all but those known to be none.
   * Where a value holds quoted ones, as a list in `TF_VAR_passwords` does, each of them is taken by itself too.
   */
  addEnvironment(env: Record<string, string>): void {
    for (const [name, value] of Object.entries(env)) {
      if (!isCredential(name)) continue;
      this.add(value);
      for (const [quoted, label] of value.matchAll(/"(?:[^"\\]|\\.)*"(?=(\s*[:="{])?)/g)) {
        // A key or a block's label.
        if (label !== undefined) continue;
        try {
          this.add(JSON.parse(quoted));
        } catch {
          this.add(quoted.slice(1, -1));
        }
      }
    }
  }

  /**
   * The text with `(sensitive)` in place of every secret, and of what is one in any address (`https://user:SECRET@host`,
   * `?token=SECRET`), known or not. Doing it twice changes nothing more.
   */
  scrub(given: string): string {
    const text = given.includes("://") ? withoutCredentials(given) : given;
    if (this.#plain.size === 0 || text.length < 4) return text;
    if (text.includes(SENSITIVE)) return text.split(SENSITIVE).map((part) => this.#erase(part)).join(SENSITIVE);
    return this.#erase(text);
  }

  /**
   * A JSON value with every string in it scrubbed, at every depth; the same object where nothing was found. A number that is
   * a secret becomes `"(sensitive)"`, and so does a key that is one as a whole.
   */
  scrubValue<T>(value: T): T {
    return this.#walk(value) as T;
  }

  /**
   * A resource address or an attribute path in which no key is a secret, or holds one of 8 and more characters. Of names in
   * the code only whole ones are looked at: a user called `root` must not hide where a `root_disk` differs.
   */
  scrubPath(path: string): string {
    if (this.#plain.size === 0) return path;
    return path.replace(/\["((?:[^"\\]|\\.)*)"\]|(?<=^|\.)[\w-]{8,}/g, (step, quoted?: string) => {
      if (this.#plain.has(quoted ?? step)) return quoted === undefined ? SENSITIVE : `["${SENSITIVE}"]`;
      return quoted === undefined ? step : `["${this.#erase(quoted, 8)}"]`;
    });
  }

  #walk(value: unknown): unknown {
    if (typeof value === "string") return this.scrub(value);
    if (typeof value === "number") return this.#plain.has(String(value)) ? SENSITIVE : value;
    if (typeof value !== "object" || value === null) return value;
    if (Array.isArray(value)) {
      let copy: unknown[] | undefined;
      for (let i = 0; i < value.length; i++) {
        const clean = this.#walk(value[i]);
        if (clean !== value[i]) (copy ??= value.slice())[i] = clean;
      }
      return copy ?? value;
    }
    let changed = false;
    const entries = Object.entries(value).map(([key, part]) => {
      const clean = this.#walk(part);
      const name = key.length >= 8 && this.#plain.has(key) ? SENSITIVE : key;
      changed ||= clean !== part || name !== key;
      return [name, clean];
    });
    return changed ? Object.fromEntries(entries) : value;
  }

  #addText(text: string): void {
    if (text.length < 4 || /^(?:true|false|null|\*+|\s+)$/.test(text) || text === SENSITIVE || this.#plain.has(text)) {
      return;
    }
    this.#plain.add(text);
    this.#pending.push(text);
    const inner = /@[^\s!=]+![^\s=]+=(\S+)/.exec(text)?.[1] ?? /:\/\/[^/\s:@]*:([^@\s]+)@/.exec(text)?.[1];
    if (inner !== undefined) this.#addText(inner);
    const trimmed = text.trim();
    if (trimmed !== text) this.#addText(trimmed);
    if (!trimmed.includes("\n")) return;
    for (const line of trimmed.split("\n").map((one) => one.trim())) {
      if (line.length >= 16 && !/^-----(?:BEGIN|END) /.test(line)) this.#addText(line);
    }
  }

  /** Of secrets that are shorter than `least` nothing is erased. */
  #erase(text: string, least = 0): string {
    this.#tabulate();
    const marks = this.#marks;
    let result = "";
    let copied = 0;
    let from = -1;
    let to = -1;
    let window = 0;
    for (let i = 0; i < text.length; i++) {
      window = next(window, text.charCodeAt(i));
      if (i < 3 || marks[slot(window)] === 0) continue;
      const start = i - 3;
      const length = longest(this.#buckets.get(window), text, start);
      if (length === 0 || length < least) continue;
      if (start < to) to = Math.max(to, start + length);
      else {
        if (from >= 0) result += text.slice(copied, from) + SENSITIVE;
        copied = Math.max(to, 0);
        from = start;
        to = start + length;
      }
    }
    return from < 0 ? text : result + text.slice(copied, from) + SENSITIVE + text.slice(to);
  }

  #tabulate(): void {
    if (this.#marks.length === 0) this.#marks = new Uint8Array(1 << 18);
    for (const secret of this.#pending) {
      for (const form of forms(secret)) {
        let window = 0;
        for (let i = 0; i < 4; i++) window = next(window, form.charCodeAt(i));
        this.#marks[slot(window)] = 1;
        let bucket = this.#buckets.get(window);
        if (!bucket) this.#buckets.set(window, bucket = { forms: new Set(), lengths: [] });
        bucket.forms.add(form);
        if (bucket.lengths.includes(form.length)) continue;
        bucket.lengths.push(form.length);
        bucket.lengths.sort((a, b) => b - a);
      }
    }
    this.#pending = [];
  }
}

// The last four UTF-16 units in 32 bits: what is older has been shifted out.
function next(window: number, code: number): number {
  return (window << 8) ^ code;
}

function slot(window: number): number {
  return Math.imul(window, 0x9e3779b1) >>> 14;
}

function longest(bucket: Bucket | undefined, text: string, start: number): number {
  for (const length of bucket?.lengths ?? []) {
    if (start + length <= text.length && bucket?.forms.has(text.slice(start, start + length))) return length;
  }
  return 0;
}

function forms(secret: string): Set<string> {
  const all = new Set([secret, ...base64(secret)]);
  // The same in every notation but base64.
  if (/^[\w.-]+$/.test(secret)) return all;
  const json = JSON.stringify(secret).slice(1, -1);
  // Go's encoder, Terraform's own, escapes what HTML would take for markup.
  all.add(json).add(
    json.replace(/[<>&\u2028\u2029]/g, (one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, "0")}`),
  );
  const text = secret.toWellFormed();
  const component = encodeURIComponent(text);
  const strict = component.replace(/[!'()*]/g, (one) => `%${one.charCodeAt(0).toString(16).toUpperCase()}`);
  const query = strict.replaceAll("%20", "+");
  for (
    const url of [component, strict, query, new URLSearchParams([["", text]]).toString().slice(1), encodeURI(text)]
  ) {
    all.add(url).add(url.replace(/%[0-9A-F]{2}/g, (one) => one.toLowerCase()));
  }
  return all;
}

/** The secret in base64 by itself, and what of it is certain inside a longer text, whose length before it may be anything. */
function base64(secret: string): string[] {
  const bytes = new TextEncoder().encode(secret);
  const found: string[] = [];
  for (let before = 0; before < 3; before++) {
    const shifted = new Uint8Array(before + bytes.length);
    shifted.set(bytes, before);
    const encoded = shifted.toBase64();
    const certain = encoded.slice(Math.ceil(before * 8 / 6), Math.floor((before + bytes.length) * 8 / 6));
    for (const one of before === 0 ? [encoded, encoded.replace(/=+$/, ""), certain] : [certain]) {
      // Shorter than that it would be found by chance.
      if (one.length < 8) continue;
      found.push(one);
      if (/[+/]/.test(one)) found.push(one.replaceAll("+", "-").replaceAll("/", "_"));
    }
  }
  return found;
}
