// `keyfob completion`: what can stand next on a command line. The shells' scripts only ask `keyfob __complete`,
// which reads the description of the commands: there is one source, and a script never grows old.
//
// Invariants: it is quick and quiet. Names come from the running host within a second, or not at all; nothing
// is written to standard error, and a mistake in the line is no error here.
import type { Argument, Command, Option } from 'commander';
import type { Client } from '../endpoint/client.ts';

/** Ms in which the host gives names. */
const NAMES_WITHIN = 1000;

export const SHELLS = ['bash', 'zsh', 'fish'] as const;
export type CompletionShell = (typeof SHELLS)[number];

/** What stands alone on a line where the shell is to complete names of files. */
const FILES = ':files';

export interface Candidate {
  readonly text: string;
  readonly about: string;
}

/** What is expected next: candidates as they are, names of the host's, or files. */
type Expected =
  | { readonly kind: 'candidates'; readonly candidates: readonly Candidate[] }
  | { readonly kind: 'accounts' | 'providers' | 'clients' | 'approvals' | 'files' };

const nothing: Expected = { kind: 'candidates', candidates: [] };

/** Finds what the last word of a line may be; `args` are those behind `keyfob`, the last one unfinished. */
function expectationOf(program: Command, args: readonly string[]): Expected {
  const before = args.slice(0, -1);
  const last = args.at(-1) ?? '';
  let command = program;
  let operands = 0;
  let awaited: Option | undefined;
  for (const argument of before) {
    if (awaited !== undefined) awaited = undefined;
    // Behind `--` stands another program's line.
    else if (argument === '--') return { kind: 'files' };
    else if (argument.startsWith('-')) {
      const option = command.options.find(({ long, short }) => argument === long || argument === short);
      awaited = option?.required === true ? option : undefined;
    } else {
      const next = operands === 0 ? command.commands.find((one) => one.name() === argument) : undefined;
      if (next === undefined) operands += 1;
      else command = next;
    }
  }
  if (awaited !== undefined) return ofOption(awaited);
  if (last.startsWith('-')) return { kind: 'candidates', candidates: optionsOf(command) };
  if (command.commands.length > 0) return { kind: 'candidates', candidates: commandsOf(command) };
  return ofArgument(command, command.registeredArguments[operands]);
}

const optionsOf = (command: Command): Candidate[] =>
  command
    .createHelp()
    .visibleOptions(command)
    .map(({ long, description }) => ({ text: long ?? '', about: description }));

const commandsOf = (command: Command): Candidate[] =>
  command
    .createHelp()
    .visibleCommands(command)
    .map((one) => ({ text: one.name(), about: one.description() }));

function ofChoices(choices: readonly string[]): Expected {
  return { kind: 'candidates', candidates: choices.map((text) => ({ text, about: '' })) };
}

function ofOption({ argChoices, flags }: Option): Expected {
  if (argChoices !== undefined) return ofChoices(argChoices);
  const value = /<([A-Z,=@]+)>/.exec(flags)?.[1] ?? '';
  if (flags.startsWith('--provider ')) return { kind: 'providers' };
  if (value === 'A,B') return { kind: 'accounts' };
  return value === 'F' || value === 'PATH' ? { kind: 'files' } : nothing;
}

function ofArgument(command: Command, argument: Argument | undefined): Expected {
  if (argument === undefined) return nothing;
  if (argument.argChoices !== undefined) return ofChoices(argument.argChoices);
  const parent = command.parent?.name();
  switch (argument.name()) {
    case 'NAME':
      // `add` makes up a new one.
      if (command.name() === 'add') return nothing;
      return { kind: parent === 'client' ? 'clients' : 'accounts' };
    case 'ID':
      return { kind: parent === 'provider' ? 'providers' : 'approvals' };
    case 'FILE':
    case 'ARGS':
    case 'COMMAND':
      return { kind: 'files' };
    default:
      return nothing;
  }
}

/** Resolves with the lines that `keyfob __complete` prints: `word<TAB>about`, or `:files`. Never rejects. */
export async function complete(client: Client, program: Command, args: readonly string[]): Promise<string> {
  const expected = expectationOf(program, args);
  if (expected.kind === 'files') return `${FILES}\n`;
  const candidates =
    expected.kind === 'candidates' ? expected.candidates : await namesOf(client, expected.kind);
  const last = args.at(-1) ?? '';
  return candidates
    .filter(({ text }) => text.startsWith(last) && !/[\s\p{Cc}]/u.test(text))
    .map(({ text, about }) => `${text}\t${about.replaceAll(/\s+/g, ' ')}\n`)
    .join('');
}

async function namesOf(
  client: Client,
  kind: 'accounts' | 'providers' | 'clients' | 'approvals',
): Promise<Candidate[]> {
  const asked = (async () => {
    switch (kind) {
      case 'accounts':
        return (await client.accounts()).map(({ name, provider }) => ({ text: name, about: provider }));
      case 'providers':
        return (await client.providers()).map(({ id, name }) => ({ text: id, about: name }));
      case 'clients':
        return (await client.clients()).map(({ name }) => ({ text: name, about: '' }));
      case 'approvals':
        return (await client.approvals()).map((one) => ({
          text: one.id,
          about: `${one.client}: ${one.kind === 'pairing' ? 'a key' : one.account}`,
        }));
    }
  })();
  const late = new Promise<Candidate[]>((resolve) => setTimeout(() => resolve([]), NAMES_WITHIN).unref());
  return Promise.race([asked, late]).catch(() => []);
}

/** The script that a shell reads at its start. */
export function completionScript(shell: CompletionShell): string {
  switch (shell) {
    case 'bash':
      return BASH;
    case 'zsh':
      return ZSH;
    case 'fish':
      return FISH;
  }
}

const BASH = `# Completion of keyfob for bash: eval "$(keyfob completion bash)" in ~/.bashrc
_keyfob() {
  local line words=("\${COMP_WORDS[@]:1:COMP_CWORD}")
  COMPREPLY=()
  while IFS= read -r line; do
    if [ "$line" = '${FILES}' ]; then
      compopt -o default 2>/dev/null
      return
    fi
    COMPREPLY+=("\${line%%$'\\t'*}")
  done < <("\${COMP_WORDS[0]}" __complete -- "\${words[@]}" 2>/dev/null)
}
complete -F _keyfob keyfob
`;

const ZSH = `#compdef keyfob
# Completion of keyfob for zsh: keyfob completion zsh >"\${fpath[1]}/_keyfob", or behind compinit in ~/.zshrc:
# eval "$(keyfob completion zsh)"
_keyfob() {
  local -a lines described
  local line
  lines=("\${(@f)$("\${words[1]}" __complete -- "\${(@)words[2,CURRENT]}" 2>/dev/null)}")
  if [[ "\${lines[1]}" == '${FILES}' ]]; then
    _files
    return
  fi
  for line in "\${lines[@]}"; do
    [[ -n "$line" ]] && described+=("\${\${line%%$'\\t'*}//:/\\\\:}:\${line#*$'\\t'}")
  done
  _describe keyfob described
}
if [[ "\${funcstack[1]}" == _keyfob ]]; then
  _keyfob "$@"
else
  compdef _keyfob keyfob
fi
`;

const FISH = `# Completion of keyfob for fish: keyfob completion fish >~/.config/fish/completions/keyfob.fish
function __keyfob_complete
    set -l words (commandline -opc) (commandline -ct)
    set -l lines ($words[1] __complete -- $words[2..-1] 2>/dev/null)
    if test "$lines[1]" = '${FILES}'
        __fish_complete_path (commandline -ct)
    else
        printf '%s\\n' $lines
    end
end
complete -c keyfob -f -a '(__keyfob_complete)'
`;
