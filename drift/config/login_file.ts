/**
 * The file of logins that systemd hands to the service (`EnvironmentFile=`), as a text.
 *
 * @module
 */

const HEADER = "# Logins of the Terraform provider and of the state's backend. systemd hands them to the check\n";

/** The names that a file sets. */
export function namesIn(text: string): Set<string> {
  return new Set([...text.matchAll(/^[ \t]*(?:export[ \t]+)?([A-Za-z_]\w*)=./gm)].map(([, name]) => name!));
}

/**
 * The text with these variables set: in place of a line that sets one already, else at its end. All else stays as it is.
 *
 * @param text Of the file that is there; absent where there is none.
 * @throws {RangeError} where systemd could not read a value
 */
export function withVariables(text: string | undefined, variables: Readonly<Record<string, string>>): string {
  let result = text ?? HEADER;
  if (result !== "" && !result.endsWith("\n")) result += "\n";
  for (const [name, value] of Object.entries(variables)) {
    const line = `${name}=${quoted(name, value)}`;
    const set = new RegExp(`^[ \\t]*(?:export[ \\t]+)?${name}=.*$`, "m");
    result = set.test(result) ? result.replace(set, () => line) : `${result}${line}\n`;
  }
  return result;
}

/** As systemd.exec(5) reads it, and as our own files of variables are read. */
function quoted(name: string, value: string): string {
  if (/[\n\r\0]/.test(value)) throw new RangeError(`Cannot keep ${name}: its value must be one line`);
  if (/^[\w@!=:./+,%~^-]*$/.test(value)) return value;
  if (!value.includes("'")) return `'${value}'`;
  if (!/["\\$`]/.test(value)) return `"${value}"`;
  throw new RangeError(
    `Cannot keep ${name}: its value holds both kinds of quotes, or a quote beside "\\", "$" or "\`"`,
  );
}
