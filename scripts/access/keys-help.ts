import { rightTexts } from '../../shared/domain/access/access-entry.ts';

const rightLines = Object.entries(rightTexts).map(([right, text]) => `  ${right.padEnd(8)} ${text}`);

/** What stands below the list of commands. @param name how the command was called, such as `jobctl keys` */
export const keysHelp = (name: string): string => `
A key says whose jobs its holder sees, the tenant, and what the holder may do,
the rights. A tenant is any name: it exists as soon as a key has it. Keys are in
a table of the stage, so --stage says where a key is good:
  local    the system of this machine. It asks for keys if it was started by
           \`AUTH=apiKey npm start\`
  dev ...  a deployed stage. This needs AWS credentials, such as of AWS_PROFILE,
           that may write its access table

Examples:
  A key for another team, here and on a deployed stage. The standard output has
  the key alone:
  $ ${name} create --stage local --tenant team-blue --rights submit,read
  $ ${name} create --stage prod --tenant team-blue --rights read --expires 365d

  Which keys there are; a new secret; no access any more:
  $ ${name} list --stage prod
  $ ${name} rotate 4fTq0sJx2LmN --stage prod
  $ ${name} revoke 4fTq0sJx2LmN --stage prod

Rights, in the tenant of the key:
${rightLines.join('\n')}

docs/access.md has more, such as tokens and roles in place of keys.`;

type CommandName =
  | 'init'
  | 'create'
  | 'list'
  | 'log'
  | 'rotate'
  | 'revoke'
  | 'map-role'
  | 'unmap-role'
  | 'rotate-derived'
  | 'rotate-webhook'
  | 'rotate-links'
  | 'export-root'
  | 'import-root'
  | 'mail'
  | 'limits'
  | 'suspend'
  | 'resume';

const examples: Readonly<Record<CommandName, readonly string[]>> = {
  init: ['init --stage prod', 'init --stage local'],
  create: [
    'create --stage local --tenant team-blue --rights submit,read',
    'create --stage prod --tenant team-blue --rights read --expires 365d',
    'create --stage prod --tenant ops --rights operate --expires 2099-12-31',
  ],
  list: ['list --stage local', 'list --stage prod --region us-east-1'],
  log: ['log --stage prod', 'log --stage local --json'],
  rotate: ['rotate 4fTq0sJx2LmN --stage prod', 'rotate 4fTq0sJx2LmN --stage prod --grace 0m'],
  revoke: ['revoke 4fTq0sJx2LmN --stage prod', 'revoke 4fTq0sJx2LmN --stage local'],
  'map-role': ['map-role nightly-batch --stage prod --tenant acme --rights submit,read'],
  'unmap-role': ['unmap-role nightly-batch --stage prod'],
  'rotate-derived': ['rotate-derived grant --stage prod', 'rotate-derived cookie --stage prod'],
  'rotate-webhook': [
    'rotate-webhook --stage prod --tenant acme',
    'rotate-webhook --stage prod --tenant acme --url https://hooks.example.com/jobs',
  ],
  'rotate-links': ['rotate-links --stage prod'],
  'export-root': ['export-root prod.root.json --stage prod'],
  'import-root': [
    'import-root prod.root.json --stage prod --region eu-west-1 --replace',
    'import-root prod.root.json --stage prod --passphrase-file passphrase.txt',
  ],
  mail: [
    'mail --stage prod --tenant acme --to example.com,jane@example.org',
    'mail --stage prod --tenant acme',
    'mail --stage prod --tenant acme --to none',
    'mail --stage local --tenant public --to example.com',
  ],
  limits: [
    'limits --stage prod --tenant acme --jobs-per-minute 600',
    'limits --stage prod --tenant acme --jobs-per-minute none',
    'limits --stage prod --tenant acme',
  ],
  suspend: ['suspend --stage prod --tenant acme'],
  resume: ['resume --stage prod --tenant acme'],
};

const more: Readonly<Partial<Record<CommandName, string>>> = {
  create: `\nRights, in the tenant of the key:\n${rightLines.join('\n')}`,
  'map-role': `\nRights, in the tenant of the role:\n${rightLines.join('\n')}`,
  rotate:
    '\nThe id is the 12 characters after sjw_. The older secret stays valid for the\ngrace, and the new one is valid within a minute.',
  mail: '\nWithout --to it shows what is said. A domain does not stand for those below it.\nThe tenant "*" stands for all tenants, and the place "*" for every address.',
  limits:
    '\nWithout a limit it shows what is said. none: the tenant has no such limit, also\nwhere the stage has one. stage: the limit of the stage again. docs/limits.md says\nwhat each of them counts.',
  init: '\nIf jobs or keys are there, the root secret was lost, and it writes none: an\nIdempotency-Key from before would be another job. --replace writes it all the same.',
  'export-root':
    '\nThe file is encrypted with a passphrase of at least 12 characters, from\n--passphrase-file, ROOT_PASSPHRASE or the terminal. Keep both apart.',
  'import-root':
    '\nThe passphrase is from --passphrase-file, ROOT_PASSPHRASE or the terminal. A root\nsecret that is there stays, unless --replace is given.',
  suspend:
    '\nIts submissions, retries and uploads are refused, its schedules make no jobs, and\nits notifications are held back. What it has queued does not start. It can look at\nits jobs, and end them. `list` shows who is suspended.',
  revoke: '\nThe id is the 12 characters after sjw_; `list` shows it.',
};

/** The examples of one command. @param usage its name, and its argument */
export function commandHelp(name: string, usage: `${CommandName}${'' | ` [${string}]`}`): string {
  const command = usage.split(' ')[0] as CommandName;
  const lines = examples[command].map((example) => `  $ ${name} ${example}`);
  return ['', 'Examples:', ...lines, ...[more[command] ?? []].flat()].join('\n');
}
