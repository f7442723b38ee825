/** A command, and what can follow it. */
export interface Place {
  /** The command as it is typed: `metamd data import`. */
  readonly path: string;
  readonly commands: readonly { readonly name: string; readonly description: string }[];
  /** What its arguments can be, where that is a closed list. */
  readonly values: readonly string[];
  readonly options: readonly OptionOf[];
}

/** The program itself and every command. */
export type Places = readonly [Place, ...Place[]];

interface OptionOf {
  readonly flags: readonly string[];
  readonly takesValue: boolean;
  /** What its value can be, where that is a closed list; any other value is completed as a file. */
  readonly values: readonly string[];
  readonly description: string;
}

/** The script of every shell. */
export const COMPLETION_SCRIPTS = { bash, zsh, fish } satisfies Record<string, (places: Places) => string>;
export type Shell = keyof typeof COMPLETION_SCRIPTS;

function bash(places: Places): string {
  return `${candidates(places)}
_metamd() {
  local begun="\${COMP_WORDS[COMP_CWORD]}" word
  local -a before=()
  # bash breaks --flag=value into three words.
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do [[ $word == = ]] || before+=("$word"); done
  [[ $begun == = ]] && begun=
  COMPREPLY=($(compgen -W "$(_metamd_candidates "$begun" "\${before[@]}")" -- "$begun"))
}
complete -o default -F _metamd metamd
`;
}

function zsh(places: Places): string {
  return `#compdef metamd
${candidates(places)}
_metamd() {
  local -a before found
  before=("\${(@)words[2,CURRENT-1]}")
  compset -P '--*=' && before+=("\${IPREFIX%=}")
  found=($(_metamd_candidates "$PREFIX" "\${before[@]}"))
  compadd -- "\${found[@]}" || _files
}
compdef _metamd metamd
`;
}

/** A function of bash and zsh that prints what can stand in place of its first argument after the others. */
function candidates([root, ...below]: Places): string {
  const valued = [root, ...below].flatMap((place) =>
    place.options
      .filter(({ takesValue }) => takesValue)
      .map(({ flags, values }) => ({ after: flags.map((flag) => pattern(place, root, flag)).join("|"), values })),
  );
  const anyValued = valued.map(({ after }) => after).join("|");
  const lists = valued.filter(({ values }) => values.length > 0);
  const flags = below.filter(({ options }) => options.length > 0);
  const words = [root, ...below]
    .map(({ path, commands, values }) => ({ path, all: [...commands.map(({ name }) => name), ...values] }))
    .filter(({ all }) => all.length > 0);
  return `_metamd_candidates() {
  local begun="$1" at=metamd previous= word
  shift
  for word in "$@"; do
    case "$at $previous" in
    ${anyValued}) previous=; continue ;;
    esac
    case "$at $word" in
    ${below.map(({ path }) => quoted(path)).join("|")}) at="$at $word" ;;
    esac
    previous="$word"
  done
  case "$at $previous" in
${lists.map(({ after, values }) => `    ${after}) ${printing(values)}; return ;;`).join("\n")}
    ${anyValued}) return ;;
  esac
  case "$begun" in
  -*)
    ${printing(flagsOf(root))}
    case "$at" in
${flags.map((place) => `    ${quoted(place.path)}) ${printing(flagsOf(place))} ;;`).join("\n")}
    esac
    ;;
  *)
    case "$at" in
${words.map(({ path, all }) => `    ${quoted(path)}) ${printing(all)} ;;`).join("\n")}
    esac
    ;;
  esac
}`;
}

/** What a flag looks like after the command that it belongs to; one of the root comes after every command. */
const pattern = ({ path }: Place, root: Place, flag: string): string =>
  path === root.path ? `*${quoted(` ${flag}`)}` : quoted(`${path} ${flag}`);
const printing = (words: readonly string[]): string => `printf '%s\\n' ${words.map(quoted).join(" ")}`;
const flagsOf = ({ options }: Place): string[] => options.flatMap(({ flags }) => flags);

function fish([root, ...below]: Places): string {
  const lines = [root, ...below].flatMap((place) => {
    const here = `complete -c metamd -n "__metamd_at ${quoted(place.path)}"`;
    return [
      ...place.commands.map(({ name, description }) => `${here} -f -a ${quoted(name)} -d ${fishText(description)}`),
      ...place.values.map((value) => `${here} -f -a ${quoted(value)}`),
      ...place.options.map((option) => `${place === root ? "complete -c metamd" : here} ${fishOption(option)}`),
    ];
  });
  return `function __metamd_at
    set -l at metamd
    for word in (commandline -opc)[2..-1]
        if contains -- "$at $word" ${below.map(({ path }) => quoted(path)).join(" ")}
            set at "$at $word"
        end
    end
    test "$at" = "$argv"
end
${lines.join("\n")}
`;
}

function fishOption({ flags, takesValue, values, description }: OptionOf): string {
  const names = flags.map((flag) => (flag.startsWith("--") ? `-l ${flag.slice(2)}` : `-s ${flag.slice(1)}`));
  const value = values.length > 0 ? [`-x -a ${quoted(values.join(" "))}`] : takesValue ? ["-r"] : [];
  return [...names, ...value, `-d ${fishText(description)}`].join(" ");
}

/** A word of the program itself: letters, digits, hyphens. */
const quoted = (word: string): string => `'${word}'`;
const fishText = (text: string): string => `'${text.replace(/['\\]/g, "\\$&").replaceAll("\n", " ")}'`;
