import { fileURLToPath } from 'node:url';
import { Command, Option } from 'commander';
import type { AccessAdminStore } from '../infra/access/admin-store.ts';
import { audited, describeAudit } from '../infra/access/audit.ts';
import { describeEntry } from '../infra/access/describe-entry.ts';
import { isRootSecretLost, remediesOfLostRootSecret } from '../infra/access/lost-root-secret.ts';
import {
  type AccessAdmin,
  AccessCommandError,
  createKey,
  type IssuedKey,
  isOneMoreTenant,
  revokeKey,
  rotateKey,
} from '../infra/access/manage-keys.ts';
import { mapRole, rotateDerivedKey, rotateLinks, unmapRole } from '../infra/access/manage-stage.ts';
import { findTenant, setMailPlaces } from '../infra/access/manage-tenants.ts';
import { writeSecrets } from '../infra/access/root-secret.ts';
import { rotateWebhookSecret } from '../infra/access/rotate-webhook-secret.ts';
import { describeLimits, findLimits, setLimits } from '../infra/access/set-limits.ts';
import { holdSuspendedNow, resumeTenant, suspendTenant } from '../infra/access/suspend-tenant.ts';
import { type AccessEntry, rights } from '../shared/domain/access/access-entry.ts';
import { limitNames, limits, optionOf } from '../shared/domain/access/limits.ts';
import { tenantText } from '../shared/time-text/tenant-text.ts';
import { describeFailure } from './access/describe-failure.ts';
import { entryDocument } from './access/entry-document.ts';
import { commandHelp, keysHelp } from './access/keys-help.ts';
import { openAccessTable } from './access/open-access-table.ts';
import { type KeyOptions, type OptionName, parseOptions } from './access/parse-options.ts';
import { exportRootSecretTo, importRootSecretFrom } from './access/root-secret-files.ts';
import { whoRunsThis } from './access/who-runs-this.ts';
import { endAtClosedPipe } from './end-at-closed-pipe.ts';

const projectDir = fileURLToPath(new URL('..', import.meta.url));
/** `jobctl keys` hands its arguments to this script, and says so. */
const name = process.env.JOBCTL_COMMAND ?? 'npm run -s keys --';
/** Functions keep entries for up to a minute. */
const delay = 'The functions know it within a minute.';

const options = {
  tenant: [
    '--tenant <tenant>',
    'whose jobs it is about: any name; one with control characters in quotes, as JSON',
  ],
  to: ['--to <places>', 'a comma list of domains and addresses; none: to nobody'],
  rights: ['--rights <list>', `a comma list of ${rights.join(', ')}`],
  expires: ['--expires <when>', 'a day (2099-12-31) or a time from now (90d); default: never'],
  grace: ['--grace <duration>', 'how long the older secrets stay valid'],
  url: ['--url <address>', 'of one receiver; default: all of them'],
  passphraseFile: ['--passphrase-file <file>', 'whose first line is the passphrase'],
  replace: ['--replace', 'also where another root secret was'],
  ...Object.fromEntries(
    limitNames.map((limit) => [
      limit,
      [`--${optionOf(limit)} <number>`, `${limits[limit].unit}; or none, or stage`],
    ]),
  ),
} as const;

/** What a command prints. */
interface Outcome {
  /** To the standard output: `key=$(npm run -s keys -- create ...)`. */
  readonly answer?: string;
  /** To the standard error. */
  readonly note?: string;
  /** In place of the answer, with `--json`. */
  readonly document: unknown;
}

interface Admin extends AccessAdmin {
  readonly audits: AccessAdminStore['audits'];
  /** Has the jobs of suspended tenants held, and those of others not. */
  readonly hold: () => Promise<boolean>;
  readonly hasJobs: () => Promise<boolean>;
  /** Writes down what changes nothing, and is to be known. */
  readonly note: (entry: string) => Promise<void>;
}

/** Of what is in the queues. */
const soon = (isDone: boolean): string => (isDone ? 'within seconds' : 'within five minutes');

interface KeysCommand<Name extends OptionName> {
  /** Its name and its argument. Commander takes that as optional, so that all that is missing is named at once. */
  readonly usage: Parameters<typeof commandHelp>[1];
  readonly description: string;
  readonly needs: readonly Name[];
  readonly run: (admin: Admin, options: KeyOptions<Name> & { readonly stage: string }) => Promise<Outcome>;
}

const program = new Command(name)
  .usage('<command> --stage <stage>')
  .description("A stage's API keys, mapped roles and root secret.")
  .addHelpText('after', keysHelp(name))
  .showHelpAfterError(`(${name} --help has examples)`)
  .exitOverride();

function add<Name extends OptionName>({ usage, description, needs, run }: KeysCommand<Name>): void {
  const command = program
    .command(usage)
    .description(description)
    .option('--stage <stage>', 'local, or a deployed stage such as dev or prod')
    .option('--region <region>', 'default: AWS_REGION, else eu-central-1')
    .option('--json', 'print JSON, for programs')
    .addHelpText('after', commandHelp(name, usage));
  for (const [option, [flags, text]] of Object.entries(options)) {
    if (!needs.some((need) => need === option)) continue;
    command.addOption(new Option(flags, text).default(option === 'grace' ? '24h' : undefined));
  }
  command.action(async () => {
    const now = () => Date.now();
    const [argument] = command.registeredArguments;
    const texts = {
      ...command.opts(),
      ...(argument ? { [argument.name()]: command.args[0] } : {}),
    };
    const given = parseOptions<Name | 'stage'>([...needs, 'stage'], texts, now());
    const { region, json } = command.opts<{ region?: string; json?: true }>();
    const table = await openAccessTable({ stage: given.stage, region, projectDir, environment: process.env });
    const who = () => whoRunsThis({ stage: given.stage, region });
    const store = audited(table.store, { who, command: command.name(), now });
    try {
      const hold = async () => holdSuspendedNow({ store, now }, { pauses: table.pauses, by: await who() });
      const admin = {
        store,
        now,
        hold,
        audits: () => table.store.audits(),
        hasJobs: table.hasJobs,
        note: store.note,
      };
      print(await run(admin, given), json === true);
    } finally {
      table.close();
    }
  });
}

function print({ answer, note, document }: Outcome, isJson: boolean): void {
  if (note !== undefined && !isJson) console.error(note);
  if (isJson) console.log(JSON.stringify(document, null, 2));
  else if (answer !== undefined) console.log(answer);
}

const changed = (entry: AccessEntry, { now }: AccessAdmin): Outcome => ({
  note: `${describeEntry(entry, now())}\n${delay}`,
  document: entryDocument(entry),
});

/** What there is to be done before another tenant has a credential. */
const moreOf = async (admin: AccessAdmin, tenant: string): Promise<readonly string[]> =>
  (await isOneMoreTenant(admin, tenant))
    ? [
        `${tenant} is one more tenant of the stage. Deploy the stage with tenants=several, if it does not say so yet: then none takes what all share (docs/limits.md).`,
      ]
    : [];

interface Issuing {
  readonly stage: string;
  /** When it may be used, if not at once. */
  readonly use?: string;
  readonly more?: readonly string[];
}

const issued = ({ text, entry }: IssuedKey, { stage, use = '', more = [] }: Issuing): Outcome => ({
  answer: text,
  note: [
    `A key of the stage ${stage}: ${describeEntry(entry, Date.now())}`,
    `Keep the key: it is not shown again.${use}`,
    ...more,
    'Its holder sets JOB_KEY to it, or sends it as `Authorization: Bearer ...`; `jobctl doctor` tells what it may do.',
  ].join('\n'),
  document: { ...entryDocument(entry), key: text },
});

/** As one word of a shell's command line. */
const shellWord = (text: string): string =>
  /^[\w.@,+-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;

add({
  usage: 'create',
  description: 'make a key, and show it once',
  needs: ['tenant', 'rights', 'expires'],
  async run(admin, { expires, stage, ...holder }) {
    const more = await moreOf(admin, holder.tenant);
    return issued(await createKey(admin, { ...holder, expiresAt: expires }), { stage, more });
  },
});
add({
  usage: 'list',
  description: 'show all entries, without secrets',
  needs: [],
  async run({ store, now }) {
    const entries = await store.list();
    const answer = entries.map((entry) => describeEntry(entry, now())).join('\n');
    return { answer, document: entries.map(entryDocument) };
  },
});
add({
  usage: 'log',
  description: 'show who changed what with these commands, the latest first',
  needs: [],
  async run({ audits }) {
    const entries = await audits();
    return {
      answer: entries.map(describeAudit).join('\n'),
      document: entries.map(({ at, by, command, entry, tenant }) => ({
        at: new Date(at).toISOString(),
        by,
        command,
        entry,
        tenant: tenant ?? null,
      })),
    };
  },
});
add({
  usage: 'rotate [id]',
  description: 'give a key a new secret, and show it once',
  needs: ['id', 'grace'],
  run: async (admin, { id, grace, stage }) =>
    issued(await rotateKey(admin, { keyId: id, graceMs: grace }), {
      stage,
      use: ' Its new secret is valid within a minute: do not use it before.',
    }),
});
add({
  usage: 'revoke [id]',
  description: 'make a key invalid',
  needs: ['id'],
  run: async (admin, { id }) => changed(await revokeKey(admin, id), admin),
});
add({
  usage: 'map-role [role]',
  description: 'say what callers with a role of the AWS account may do (auth: iam)',
  needs: ['role', 'tenant', 'rights'],
  async run(admin, { role, tenant, rights }) {
    const more = await moreOf(admin, tenant);
    const mapped = changed(await mapRole(admin, { roleName: role, tenant, rights }), admin);
    return { ...mapped, note: [mapped.note, ...more].join('\n') };
  },
});
add({
  usage: 'unmap-role [role]',
  description: 'refuse callers with a role',
  needs: ['role'],
  async run(admin, { role }) {
    await unmapRole(admin, role);
    return { note: `The role ${role} is not mapped any more. ${delay}`, document: { role, mapped: false } };
  },
});
add({
  usage: 'rotate-derived [name]',
  description: 'make everything worthless that was signed so far: grant, cookie, cursor or webhook',
  needs: ['name'],
  run: async (admin, { name: derived }) => changed(await rotateDerivedKey(admin, derived), admin),
});
add({
  usage: 'rotate-webhook',
  description:
    "give a tenant's webhooks, or those to one address, a new secret: GET /webhook-secret shows it",
  needs: ['tenant', 'url', 'grace'],
  run: async (admin, { tenant, url: address, grace }) =>
    changed(await rotateWebhookSecret(admin, { tenant, address, graceMs: grace }), admin),
});
add({
  usage: 'rotate-links',
  description: 'make all links worthless by which people answer jobs (docs/signals.md)',
  needs: [],
  run: async (admin) => changed(await rotateLinks(admin), admin),
});
add({
  usage: 'mail',
  description: 'say, or show, to where a tenant may send mail',
  needs: ['tenant', 'to'],
  async run(admin, { tenant, to: places }) {
    if (places !== undefined) return changed(await setMailPlaces(admin, { tenant, places }), admin);
    const entries = await findTenant(admin, tenant);
    const lines = entries.map((entry) => describeEntry(entry, admin.now()));
    return {
      answer: lines.join('\n') || `${tenantText(tenant)}  mail to nobody`,
      document: entries.map(entryDocument),
    };
  },
});
add({
  usage: 'limits',
  description: 'say, or show, which limits a tenant has in place of those of the stage',
  needs: ['tenant', ...limitNames],
  async run(admin, { tenant, stage: _, ...said }) {
    if (Object.values(said).every((max) => max === undefined)) {
      const own = await findLimits(admin, tenant);
      return { answer: describeLimits(tenant, own), document: { tenant, limits: own } };
    }
    const own = await setLimits(admin, { tenant, said });
    return { note: `${describeLimits(tenant, own)}\n${delay}`, document: { tenant, limits: own } };
  },
});
add({
  usage: 'suspend',
  description:
    'start nothing for a tenant: no jobs, also none that is queued, no schedules, no notifications',
  needs: ['tenant'],
  async run(admin, { tenant, stage }) {
    await suspendTenant(admin, tenant);
    const held = `Nothing that it has in the queues starts ${soon(await admin.hold())} from now; what runs goes on.`;
    const more = `jobctl cancel --tenant ${shellWord(tenantText(tenant))} ends all of it.`;
    const note = `The tenant ${tenantText(tenant)} of the stage ${stage} is suspended. ${delay}\n${held} ${more}`;
    return { note, document: { tenant, suspended: true } };
  },
});
add({
  usage: 'resume',
  description: 'end the suspension of a tenant',
  needs: ['tenant'],
  async run(admin, { tenant }) {
    await resumeTenant(admin, tenant);
    await admin.hold();
    return {
      note: `The tenant ${tenantText(tenant)} is not suspended any more. ${delay}\nWhat was held starts within five minutes, or ten, fifty jobs a second.`,
      document: { tenant, suspended: false },
    };
  },
});
add({
  usage: 'init',
  description:
    'write the root secret, that of links and the key of webhooks, unless they are there; a deployment does it too',
  needs: ['replace'],
  async run({ store, now, hasJobs }, { stage, replace }) {
    if (!replace && (await isRootSecretLost({ store, hasJobs })))
      throw new AccessCommandError(
        ['The stage is in use, and its root secret is lost.', ...remediesOfLostRootSecret(stage)].join('\n'),
      );
    const written = await writeSecrets(store, now());
    const more = [
      ...(written.links ? ['The secret of links is written.'] : []),
      ...(written.webhookKey ? ['The key of webhooks is written.'] : []),
    ];
    return {
      note: written.root
        ? `The root secret is written. ${delay}`
        : ['There is a root secret already. It stays.', ...more, ...(more.length > 0 ? [delay] : [])].join(
            ' ',
          ),
      document: { isNew: written.root },
    };
  },
});
add({
  usage: 'export-root [file]',
  description: 'write the root secret into a new file, encrypted with a passphrase',
  needs: ['file', 'passphraseFile'],
  async run(admin, { file, stage, passphraseFile }) {
    await exportRootSecretTo({ file, stage, passphraseFile }, admin);
    return {
      note: `The root secret of ${stage} is in ${file}. Keep the file and its passphrase apart, and outside of this account.`,
      document: { file, stage },
    };
  },
});
add({
  usage: 'import-root [file]',
  description: 'write a root secret that was exported: after a disaster, or for a second region',
  needs: ['file', 'passphraseFile', 'replace'],
  async run({ store }, { file, stage, passphraseFile, replace }) {
    const given = { file, stage, passphraseFile, mayReplace: replace === true };
    const { line, outcome } = await importRootSecretFrom(given, store);
    return { note: outcome === 'there' ? line : `${line} ${delay}`, document: { stage, outcome } };
  },
});

endAtClosedPipe();
try {
  await program.parseAsync();
} catch (error) {
  const failure = describeFailure(error);
  if (!failure || failure.text !== undefined) console.error(failure ? failure.text : error);
  process.exitCode = failure?.exitCode ?? 1;
}
