import { type Command, Option } from 'commander';
import { readScript } from '../run-script.ts';

/**
 * Gives `keys`, which hands all words on to a script, the commands and the options that the script says it has. For
 * completion alone: it runs none of them.
 */
export async function addKeysWords(program: Command, signal: AbortSignal): Promise<void> {
  const keys = program.commands.find((each) => each.name() === 'keys');
  for (const line of (await readScript('scripts/keys.ts', ['words'], signal)).split('\n')) {
    const [name = '', flags, description, choices] = line.split('\t');
    const command = keys?.commands.find((each) => each.name() === name);
    if (flags === undefined && name !== '') keys?.command(name).helpOption('-h, --help');
    if (flags === undefined) continue;
    const option = new Option(flags, description);
    command?.addOption(choices ? option.choices(choices.split(',')) : option);
  }
}
