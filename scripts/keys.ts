import { fileURLToPath } from 'node:url';
import { Command, CommanderError, Option } from 'commander';
import { AccessTableError } from '../infra/access/admin-store.ts';
import { describeEntry } from '../infra/access/describe-entry.ts';
import {
  type AccessAdmin,
  AccessCommandError,
  createKey,
  type IssuedKey,
  revokeKey,
  rotateKey,
} from '../infra/access/manage-keys.ts';
import { mapRole, rotateDerivedKey, unmapRole } from '../infra/access/manage-stage.ts';
import { writeRootSecret } from '../infra/access/root-secret.ts';
import { rotateWebhookSecret } from '../infra/access/rotate-webhook-secret.ts';
import { openAccessTable } from './access/open-access-table.ts';
import { type OptionName, type Options, parseOptions } from './access/parse-options.ts';
import { UsageError } from './usage-error.ts';

const projectDir = fileURLToPath(new URL('..', import.meta.url));
/** Functions keep entries for up to a minute. */
const delay = 'The functions know it within a minute.';

const options = {
  tenant: ['--tenant <tenant>', 'whose jobs the holder sees'],
  rights: ['--rights <list>', 'of submit, read, control, erase, admin, operate'],
  expires: ['--expires <when>', 'a day (2099-12-31) or a time from now (90d); default: never'],
  grace: ['--grace <duration>', 'how long the older secrets stay valid'],
} as const;

interface KeysCommand<Name extends OptionName> {
  /** Its name and its argument. Commander takes that as optional, so that all that is missing is named at once. */
  readonly usage: string;
  readonly description: string;
  readonly needs: readonly Name[];
  readonly run: (admin: AccessAdmin, options: Options<Name>) => Promise<void>;
}

const program = new Command('keys')
  .usage('<command> --stage <stage>')
  .description("A stage's API keys, mapped roles and root secret (docs/access.md).")
  .exitOverride();

function add<Name extends OptionName>({ usage, description, needs, run }: KeysCommand<Name>): void {
  const command = program
    .command(usage)
    .description(description)
    .option('--stage <stage>', 'a deployed stage, or local')
    .option('--region <region>', 'default: AWS_REGION, else eu-central-1');
  for (const [name, [flags, text]] of Object.entries(options)) {
    if (!needs.some((need) => need === name)) continue;
    command.addOption(new Option(flags, text).default(name === 'grace' ? '24h' : undefined));
  }
  command.action(async () => {
    const now = () => Date.now();
    const [argument] = command.registeredArguments;
    const texts = { ...command.opts(), ...(argument ? { [argument.name()]: command.args[0] } : {}) };
    const given = parseOptions<Name | 'stage'>([...needs, 'stage'], texts, now());
    const { region } = command.opts<{ region?: string }>();
    const table = await openAccessTable({ stage: given.stage, region, projectDir, environment: process.env });
    try {
      await run({ store: table.store, now }, given);
    } finally {
      table.close();
    }
  });
}

/** Only the key goes to stdout: `key=$(npm run -s keys -- create ...)`. */
function show({ text, entry }: IssuedKey): void {
  console.error(
    `${describeEntry(entry, Date.now())}\nKeep the key: it is not shown again. A secret that replaces another is valid within a minute.`,
  );
  console.log(text);
}

add({
  usage: 'init',
  description: 'write the root secret, unless there is one; a deployment does it too',
  needs: [],
  async run({ store, now }) {
    const isNew = await writeRootSecret(store, now());
    console.error(
      isNew ? `The root secret is written. ${delay}` : 'There is a root secret already. It stays.',
    );
  },
});
add({
  usage: 'create',
  description: 'make a key, and show it once',
  needs: ['tenant', 'rights', 'expires'],
  run: async (admin, { expires, ...holder }) =>
    show(await createKey(admin, { ...holder, expiresAt: expires })),
});
add({
  usage: 'list',
  description: 'show all entries, without secrets',
  needs: [],
  async run({ store, now }) {
    for (const entry of await store.list()) console.log(describeEntry(entry, now()));
  },
});
add({
  usage: 'rotate [id]',
  description: 'give a key a new secret, and show it once',
  needs: ['id', 'grace'],
  run: async (admin, { id, grace }) => show(await rotateKey(admin, { keyId: id, graceMs: grace })),
});
add({
  usage: 'revoke [id]',
  description: 'make a key invalid',
  needs: ['id'],
  async run(admin, { id }) {
    console.error(`${describeEntry(await revokeKey(admin, id), admin.now())}\n${delay}`);
  },
});
add({
  usage: 'map-role [role]',
  description: 'say what callers with a role may do (auth: iam)',
  needs: ['role', 'tenant', 'rights'],
  async run(admin, { role, tenant, rights }) {
    const entry = await mapRole(admin, { roleName: role, tenant, rights });
    console.error(`${describeEntry(entry, admin.now())}\n${delay}`);
  },
});
add({
  usage: 'unmap-role [role]',
  description: 'refuse callers with a role',
  needs: ['role'],
  async run(admin, { role }) {
    await unmapRole(admin, role);
    console.error(`The role ${role} is not mapped any more. ${delay}`);
  },
});
add({
  usage: 'rotate-derived [name]',
  description: 'make everything worthless that was signed so far: grant, cookie, cursor or webhook',
  needs: ['name'],
  async run(admin, { name }) {
    console.error(`${describeEntry(await rotateDerivedKey(admin, name), admin.now())}\n${delay}`);
  },
});
add({
  usage: 'rotate-webhook',
  description: "give a tenant's webhooks a new secret: GET /webhook-secret shows it",
  needs: ['tenant', 'grace'],
  async run(admin, { tenant, grace }) {
    const entry = await rotateWebhookSecret(admin, { tenant, graceMs: grace });
    console.error(`${describeEntry(entry, admin.now())}\n${delay}`);
  },
});

try {
  await program.parseAsync();
} catch (error) {
  // Commander has printed its own errors, and ends so after --help too.
  if (error instanceof CommanderError) process.exitCode = error.exitCode;
  else {
    const isKnown = [UsageError, AccessTableError, AccessCommandError].some(
      (known) => error instanceof known,
    );
    console.error(isKnown && error instanceof Error ? error.message : error);
    process.exitCode = 1;
  }
}
