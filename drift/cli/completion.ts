/**
 * Completion scripts for bash, zsh and fish, made from the tables of the command line. Names of environments are asked of
 * the program itself (the hidden command `__environments`), with the `--config` and `--root` of the line.
 *
 * @module
 */

import { builtInSinks } from "../../sinks/load.ts";
import { SHELLS } from "../commands/table.ts";
import { SHOWN_COMMANDS as commands } from "./help.ts";
import { type CliOption, shownOptions } from "./options.ts";
import { UsageError } from "../usage_error.ts";

const PROGRAM = "pve-drift";
const SINKS = [...builtInSinks, "file:", "exec:"].flatMap((name) => [name, `+${name}`]);

const options = shownOptions();
/** The words that may follow each command first. */
const operands = commands.flatMap(({ name, complete }) => {
  if (complete === undefined) return [];
  return [{ name, words: complete === "commands" ? commands.map(({ name }) => name) : complete }];
});

/**
 * The completion script of a shell, as `completion SHELL` prints it.
 *
 * @throws {UsageError} Where the shell is none of `bash`, `zsh` and `fish`.
 */
export function completion(shell: string): string {
  switch (shell) {
    case "bash":
      return bash();
    case "zsh":
      return zsh();
    case "fish":
      return fish();
    default:
      throw new UsageError(`Cannot complete for shell "${shell}": must be ${SHELLS.join(", ")}`);
  }
}

function bash(): string {
  const valued = options.filter(({ value }) => value !== undefined);
  const values = valued.map((option) => `    --${option.name}) ${bashValue(option)} ;;`);
  const following = operands.map(({ name, words }) =>
    `    ${name}) ${words === "files" ? BASH_PATHS.files : bashWords(words)} ;;`
  );
  return `# bash completion of ${PROGRAM}; in ~/.bashrc: source <(${PROGRAM} completion bash)
_pve_drift_environments() {
  local i value place=()
  for ((i = 1; i < COMP_CWORD; i++)); do
    if [[ \${COMP_WORDS[i]} == --config || \${COMP_WORDS[i]} == --root ]]; then
      value=\${COMP_WORDS[i + 1]}
      [[ $value == = ]] && value=\${COMP_WORDS[i + 2]}
      place+=("\${COMP_WORDS[i]}=\${value/#\\~\\//$HOME/}")
    fi
  done
  "\${COMP_WORDS[0]/#\\~\\//$HOME/}" "\${place[@]}" __environments 2>/dev/null </dev/null
}
_pve_drift() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD - 1]} before= command= i
  # bash gives "=" and ":" as words of their own
  if [[ $cur == : ]]; then prev=: cur=
  elif [[ $cur == = ]]; then cur=
  elif [[ $prev == = ]]; then prev=\${COMP_WORDS[COMP_CWORD - 2]}
  fi
  COMPREPLY=()
  case $prev in
${values.join("\n")}
    :) ${BASH_PATHS.files} ;;
  esac
  case $prev in ${[":", ...valued.map(({ name }) => `--${name}`)].join(" | ")}) return ;; esac
  if [[ $cur == -* ]]; then
    ${bashWords(options.map(({ name }) => `--${name}`))}
    return
  fi
  for ((i = 1; i < COMP_CWORD; i++)); do
    case \${COMP_WORDS[i]} in
    ${valued.map(({ name }) => `--${name}`).join(" | ")}) [[ \${COMP_WORDS[i + 1]} == = ]] || ((i++)) ;;
    = | :) ((i++)) ;;
    -*) ;;
    *) command=\${command:-\${COMP_WORDS[i]}} ;;
    esac
  done
  case $command in
    "") ${bashWords(commands.map(({ name }) => name))} ;;
${following.join("\n")}
  esac
}
complete -F _pve_drift ${PROGRAM}
`;
}

// what readline itself completes, quoting and ~ included
const BASH_PATHS = { files: "compopt -o default", folders: "compopt -o dirnames" };

function bashWords(words: readonly string[]): string {
  return `mapfile -t COMPREPLY < <(compgen -W "${words.join(" ")}" -- "$cur")`;
}

function bashValue({ choices, complete }: CliOption): string {
  switch (complete) {
    case "files":
    case "folders":
      return BASH_PATHS[complete];
    case "environments":
      return "[[ $cur == *,* ]] && before=${cur%,*},\n" +
        '      mapfile -t COMPREPLY < <(compgen -P "$before" -W "$(_pve_drift_environments)" -- "${cur##*,}")';
    case "sinks":
      return `compopt -o nospace; ${bashWords(SINKS)}`;
    default:
      return choices ? bashWords(choices) : ":";
  }
}

function zsh(): string {
  const specs = options.map((option) => {
    const { name, short, value, help } = option;
    const text = `[${brief(help).replaceAll(/[[\]\\]/g, "\\$&")}]`;
    const names = short ? `{-${short},--${name}}` : value ? `'*--${name}=` : `'--${name}`;
    return short ? `${names}'${text}'` : `${names}${text}${value ? `:${value}:${zshValue(option)}` : ""}'`;
  });
  const described = commands.map(({ name, help }) => `'${name}:${brief(help!)}'`).join(" ");
  const following = operands.map(({ name, words }) =>
    `    ${name}) ${words === "files" ? "_files" : `compadd -- ${words.join(" ")}`} ;;`
  );
  return `#compdef ${PROGRAM}
# zsh completion of ${PROGRAM}; in ~/.zshrc, after compinit: source <(${PROGRAM} completion zsh)
_pve_drift_environments() {
  local option
  local -a place names
  for option in --config --root; do
    [[ -n \${opt_args[$option]} ]] && place+=("$option=\${\${(Q)opt_args[$option]}/#\\~\\//$HOME/}")
  done
  names=(\${(f)"$("\${\${(Q)words[1]}/#\\~\\//$HOME/}" $place __environments 2>/dev/null </dev/null)"})
  (( $#names )) && _values -s , environment $names
}
_pve_drift_commands() {
  local -a commands=(${described})
  _describe command commands
}
_pve_drift() {
  local context state state_descr line
  local -A opt_args
  _arguments -C -S \\
    ${[...specs, "'1:command:_pve_drift_commands'", "'*:operand:->operand'"].join(" \\\n    ")} && return
  [[ $state == operand ]] || return
  case $line[1] in
${following.join("\n")}
  esac
}
if [[ $funcstack[1] == _pve_drift ]]; then _pve_drift "$@"; else compdef _pve_drift ${PROGRAM}; fi
`;
}

function zshValue({ choices, complete }: CliOption): string {
  switch (complete) {
    case "files":
      return "_files";
    case "folders":
      return "_files -/";
    case "environments":
      return "_pve_drift_environments";
    case "sinks":
      return `{compadd -S "" -- ${SINKS.map((name) => name.replace(":", "\\:")).join(" ")}}`;
    default:
      return choices ? `(${choices.join(" ")})` : " ";
  }
}

function fish(): string {
  const lines = options.map((option) => {
    const { name, short, value, help } = option;
    return `complete -c ${PROGRAM} ${short ? `-s ${short} ` : ""}-l ${name} ${value ? fishValue(option) : ""}-d ${
      quoted(brief(help))
    }`;
  });
  const words = commands.map(({ name, help }) =>
    `complete -c ${PROGRAM} -n __fish_use_subcommand -a ${name} -d ${quoted(brief(help!))}`
  );
  const following = operands.map(({ name, words }) => {
    const seen = `complete -c ${PROGRAM} -n '__fish_seen_subcommand_from ${name}'`;
    return words === "files" ? `${seen} -F` : `${seen} -a '${words.join(" ")}'`;
  });
  return `# fish completion of ${PROGRAM}; once: ${PROGRAM} completion fish >~/.config/fish/completions/${PROGRAM}.fish
function __pve_drift_environments
    set -l words (commandline -opc)
    set -l place
    for i in (seq 2 (count $words))
        switch $words[$i]
            case '--config=*' '--root=*'
                set -a place $words[$i]
            case --config --root
                set -a place $words[$i]=(string replace -r '^~/' $HOME/ -- $words[(math $i + 1)])
        end
    end
    set -l program (string replace -r '^~/' $HOME/ -- $words[1])
    $program $place __environments 2>/dev/null </dev/null
end
complete -c ${PROGRAM} -f
${[...lines, ...words, ...following].join("\n")}
`;
}

function fishValue({ choices, complete }: CliOption): string {
  switch (complete) {
    case "files":
      return "-r -F ";
    case "folders":
      return "-x -a '(__fish_complete_directories)' ";
    case "environments":
      return "-x -a '(__fish_complete_list , __pve_drift_environments)' ";
    case "sinks":
      return `-x -a '${SINKS.join(" ")}' `;
    default:
      return choices ? `-x -a '${choices.join(" ")}' ` : "-x ";
  }
}

/** What fits beside a word: the sentence up to its first turn. */
function brief(help: string): string {
  return help.split(/; | \(|\. |: /)[0]!.replaceAll("'", "’");
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "\\'")}'`;
}
