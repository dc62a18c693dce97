/**
 * The step of `setup` that finds the chat which is told of drift.
 *
 * @module
 */

import { basename, dirname, join, resolve } from "node:path";
import { messageOf } from "../../lib/message_of.ts";
import { regularFile } from "../../lib/settings_file.ts";
import { defaultSinks, loadTelegramPairing } from "../../sinks/load.ts";
import { editConfig } from "../config/edit.ts";
import { readSpec } from "../config/sink_entries.ts";
import { UsageError } from "../usage_error.ts";
import { CONFIG_MODE, type FoundConfig, makeFolder, readConfig } from "./setup_config.ts";
import { Stopped } from "./setup_dialog.ts";
import { SERVICE_USER, shellLine } from "./setup_machine.ts";
import { SERVICE } from "./setup_places.ts";
import { type Setup, type SetupStep, write } from "./setup_step.ts";

type PairingModule = Awaited<ReturnType<typeof loadTelegramPairing>>;
type Pairing = Awaited<ReturnType<PairingModule["openPairing"]>>;
type Recipient = Pairing["configured"][number];

/** A token is read by root and systemd, or by the one user. */
const TOKEN_MODE = 0o600;
/** How long somebody has to send a code, in milliseconds. */
const PAIRING_MS = 10 * 60_000;

/** What is there already. */
interface Known {
  /** The sink's entry, with what the command line says of it. */
  entry: Record<string, unknown>;
  /** Where it stands in the list of sinks; absent where it does not. */
  index?: number;
  /** The file that holds a token. */
  tokenFile?: string;
}

/** The step. */
export const telegram: SetupStep = {
  title: "Telegram: who is told of drift",
  async missing(setup) {
    const { entry, tokenFile } = await look(setup, await readConfig(setup));
    return [
      ...tokenFile === undefined && setup.cli.telegramTokenFile === undefined
        ? ["--telegram-token-file FILE, with the bot's token"]
        : [],
      ...entry.chatId === undefined ? ['--sink "+telegram?chatId=NUMBER", the chat'] : [],
    ];
  },
  async run(setup) {
    const { cli, dialog, stop, world } = setup;
    const found = await readConfig(setup);
    const known = await look(setup, found);
    const { entry, tokenFile } = known;
    const isAsked = cli.sinks.length > 0 || cli.telegramTokenFile !== undefined;
    if (!isAsked && known.index !== undefined && entry.chatId !== undefined && tokenFile !== undefined) {
      await dialog.say(`Kept: chat ${entry.chatId}, and the token in "${tokenFile}".`);
      return {};
    }
    const pairings = await loadTelegramPairing();
    const token = await tokenOf(setup, known, pairings);
    if (token === undefined) {
      await dialog.say("Nothing to write: drift is told in the journal, in log files and in metrics.");
      return {};
    }
    using pairing = await pairings.openPairing(token, ownOptions(entry), stop).catch((error) => {
      throw error instanceof TypeError ? new UsageError(error.message) : error;
    });
    await dialog.say(`The token is that of @${pairing.bot}.`);
    const chats = pairing.configured.length > 0 ? pairing.configured : [await pair(setup, pairing, pairings.newCode)];
    const text = `This is a test by "pve-drift setup" on ${world.host}. ` +
      "This chat will be told when Proxmox and its Terraform code differ.";
    const reached = await Promise.all(chats.map((chat) => pairing.greet(chat, text, stop)));
    await dialog.say("Sent a test message.");
    const ids = reached.map(pairings.chatIdOf);
    await keep(setup, found, known, { token, chatId: ids.length === 1 ? ids[0] : ids });
    if (setup.places.isService) return {};
    // The configuration names it beside itself.
    const there = join(dirname(SERVICE.config), basename(setup.places.token));
    return { forRoot: [shellLine(["install", "-m", "0640", "-g", SERVICE_USER, setup.places.token, there])] };
  },
};

/** The entry of the configuration, if there is one, with the options of the command line. */
async function look({ cli, places }: Setup, found: FoundConfig | undefined): Promise<Known> {
  const entries = (found?.raw.sinks ?? []).map((sink) => {
    if (typeof sink !== "string") return sink as Record<string, unknown>;
    const { use, options } = readSpec(sink);
    return { use, ...options };
  });
  const index = entries.findIndex(({ use }) => use === "telegram");
  const own = index < 0 ? { use: "telegram" } : entries[index]!;
  const asked = cli.sinks.map((spec) => readSpec(spec.replace(/^\+/, "")).options);
  const entry = Object.assign({}, own, ...asked);
  const file = typeof entry.tokenFile === "string" ? resolve(dirname(places.config), entry.tokenFile) : places.token;
  const isThere = await regularFile(file) !== undefined;
  return { entry, ...index < 0 ? {} : { index }, ...isThere ? { tokenFile: file } : {} };
}

/** What of an entry is the sink's own business. */
function ownOptions({ use: _use, timeout: _timeout, only: _only, ...options }: Record<string, unknown>) {
  return options;
}

/** The token that is there or that is given; nothing where somebody wants no messages. */
async function tokenOf(
  { cli, dialog, places, readFile, stop }: Setup,
  { entry, tokenFile }: Known,
  { openPairing, readTokenText }: PairingModule,
): Promise<string | undefined> {
  const from = cli.telegramTokenFile ?? tokenFile;
  if (from !== undefined) {
    try {
      return readTokenText(await readFile(from));
    } catch (cause) {
      throw new Error(`Cannot read the bot's token from "${from}": ${messageOf(cause)}`, { cause });
    }
  }
  await dialog.say(
    `A bot tells a chat. @BotFather in Telegram makes one: write /newbot there. Its token goes into "${places.token}", ` +
      "once you have seen the chat. Left empty, nobody is told in Telegram.",
  );
  const answer = await dialog.askSecret({
    message: "Token of the bot",
    async problem(answer) {
      if (answer === "") return undefined;
      try {
        using _pairing = await openPairing(readTokenText(answer), ownOptions(entry), stop);
        return undefined;
      } catch (error) {
        // An option that does not fit is no matter of the token.
        return error instanceof TypeError ? undefined : capitalized(messageOf(error));
      }
    },
  });
  return answer === "" ? undefined : answer;
}

function capitalized(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
}

/** The chat in which somebody sends a code, once it was confirmed. */
async function pair(setup: Setup, { bot, wait }: Pairing, newCode: () => string): Promise<Recipient> {
  const { dialog, places, stop } = setup;
  for (;;) {
    const code = newCode();
    await dialog.say("Now tell the bot which chat it is, within ten minutes. For yourself, open this and press Start:");
    await dialog.show([`https://t.me/${bot}?start=${code}`]);
    await dialog.say("For a group, add the bot to it, and write there (in the topic, if there are any):");
    await dialog.show([`/start@${bot} ${code}`]);
    const time = AbortSignal.timeout(PAIRING_MS);
    const chat = await wait(code, AbortSignal.any([stop, time])).catch((error) => {
      if (stop.aborted) throw new Stopped();
      if (time.aborted) throw new Error("Nobody sent the code within ten minutes: run setup again for another one");
      throw error;
    });
    const { title, kind, sender, recipient } = chat;
    const topic = recipient.threadId === undefined ? "" : `, topic ${recipient.threadId}`;
    const what = kind === "private" ? `private chat with ${title}` : `${kind} "${title}"${topic}`;
    await dialog.say(`Heard in: ${what}. Sent by: ${sender}.`);
    await dialog.say(`To be written: the token to "${places.token}", the chat to "${places.config}".`);
    if (await dialog.confirm("Use this chat, and send a test message there?")) return recipient;
  }
}

/** Writes token and entry; of both, what is there already is left alone. */
async function keep(
  setup: Setup,
  found: FoundConfig | undefined,
  { entry, index, tokenFile }: Known,
  { token, chatId }: { token: string; chatId: unknown },
): Promise<void> {
  const { places } = setup;
  if (tokenFile === undefined || setup.cli.telegramTokenFile !== undefined) {
    await makeFolder(tokenFile ?? places.token, 0o700);
    await write(setup, tokenFile ?? places.token, `${token}\n`, TOKEN_MODE);
  }
  const isNamed = places.isService || entry.tokenFile !== undefined;
  // The chat's number has the topic behind it.
  const { threadId: _threadId, ...rest } = entry;
  const whole = { ...rest, chatId, ...isNamed ? {} : { tokenFile: basename(places.token) } };
  const edit = index !== undefined
    ? { path: ["sinks", index], value: whole }
    : found?.raw.sinks
    ? { path: ["sinks"], value: whole, isEntry: true as const }
    : { path: ["sinks"], value: [...defaultSinks, whole] };
  await makeFolder(places.config, 0o755);
  await write(setup, places.config, await editConfig(found?.text ?? "{}\n", [edit]), CONFIG_MODE);
}
