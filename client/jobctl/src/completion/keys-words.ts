import { type Command, Option } from 'commander';

const rights = ['submit', 'read', 'control', 'erase', 'admin', 'operate'];

/** `scripts/keys.ts` has these commands. It takes part of a second to start, so Tab does not ask it; a test compares them. */
const commands: Readonly<Record<string, readonly string[]>> = {
  create: ['tenant', 'rights', 'expires'],
  list: [],
  rotate: ['grace'],
  revoke: [],
  'map-role': ['tenant', 'rights'],
  'unmap-role': [],
  'rotate-derived': [],
  'rotate-webhook': ['tenant', 'grace'],
  init: [],
};

/** Gives `keys`, which hands all words on, what can be typed after it. For completion alone: it runs nothing. */
export function addKeysWords(program: Command): void {
  const keys = program.commands.find((each) => each.name() === 'keys');
  for (const [name, options] of Object.entries(commands)) {
    const command = keys?.command(name).option('--stage <stage>').option('--region <region>');
    command?.option('--json').helpOption('-h, --help');
    for (const option of options)
      command?.addOption(
        option === 'rights'
          ? new Option('--rights <right>').choices(rights)
          : new Option(`--${option} <${option}>`),
      );
  }
}
