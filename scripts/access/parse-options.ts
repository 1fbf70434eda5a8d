import * as z from 'zod/mini';
import { derivedKeys, type Right, rights } from '../../shared/domain/access/access-entry.ts';
import { type LimitName, limitNames, limits, optionOf } from '../../shared/domain/access/limits.ts';
import { webhookAddressOf } from '../../shared/domain/access/webhook-versions.ts';
import { tenantName } from '../../shared/domain/base/tenant-name.ts';
import { readMailPlace } from '../../shared/domain/notify/mail-rules.ts';
import { durationSeconds, readTime } from '../../shared/time-text/read-time.ts';
import { readTenant, tenantHint } from '../../shared/time-text/tenant-text.ts';
import { UsageError } from '../usage-error.ts';

/** A whole key may be pasted where its id is asked for. */
const withoutSecret = (text: string): string => text.replace(/^(sjw_[0-9A-Za-z]+_).*$/s, '$1...');

const namesIn = (text: string): readonly string[] => [...new Set(text.split(',').map((name) => name.trim()))];

const isRight = (text: string): text is Right => rights.some((right) => right === text);

/** Checks the text by parsing it, and gives what was parsed. */
const parsed = <Value>(
  parse: (text: string) => Value | undefined,
  problem: string | ((text: string) => string),
  missing = '',
) =>
  z.pipe(
    z.string(`is missing${missing}`),
    z.transform((text: string, context) => {
      const value = parse(text);
      if (value !== undefined) return value;
      const what = typeof problem === 'string' ? problem : problem(text);
      context.issues.push({ code: 'custom', message: `"${withoutSecret(text)}" ${what}`, input: text });
      return z.NEVER;
    }),
  );

const textLike = (pattern: RegExp, problem: string, missing = '') =>
  parsed((text) => (pattern.test(text) ? text : undefined), problem, missing);

const eachLimit = <Value>(of: (name: LimitName) => Value): Readonly<Record<LimitName, Value>> =>
  Object.fromEntries(limitNames.map((name) => [name, of(name)])) as Record<LimitName, Value>;

/** A text of the command line, by the name of its option or argument. */
const schemasAt = (now: number) => ({
  stage: textLike(
    /^[A-Za-z0-9-]+$/,
    'is not the name of a stage, such as prod or local',
    ': local for `npm start` on this machine, or a deployed stage, such as dev or prod',
  ),
  tenant: parsed(
    (text) => tenantName.safeParse(readTenant(text)).data,
    tenantHint,
    ': whose jobs it is about, such as team-blue, as a key, a token or a role names it',
  ),
  rights: parsed(
    (text) => {
      const names = namesIn(text);
      return names.every(isRight) ? names : undefined;
    },
    (text) => {
      const unknown = namesIn(text).filter((name) => !isRight(name));
      const quoted = unknown.map((name) => `"${name}"`).join(', ');
      return `names ${quoted}, and there is no such right. There are: ${rights.join(', ')}`;
    },
    `: a comma list of ${rights.join(', ')}`,
  ),
  to: z.optional(
    parsed(
      (text) => {
        const places = text === 'none' ? [] : namesIn(text.toLowerCase()).map(readMailPlace);
        return places.every((place) => place !== undefined) ? places : undefined;
      },
      (text) => {
        const wrong = namesIn(text).filter((name) => readMailPlace(name) === undefined);
        const quoted = wrong.map((name) => `"${name}"`).join(', ');
        return `has ${quoted}. Use a comma list of domains and addresses, such as example.com,jane@example.org, or "*" for every address, or none`;
      },
    ),
  ),
  expires: z.optional(
    parsed((text) => {
      const moment = readTime(text, { now, direction: 'ahead', clocks: 'utc' })?.getTime() ?? 0;
      return moment > now ? moment : undefined;
    }, 'is neither a day ahead, such as 2099-12-31, nor a time from now, such as 90d'),
  ),
  ...eachLimit((name) => {
    const { highest } = limits[name];
    return z.optional(
      parsed((text) => {
        if (text === 'none' || text === 'stage') return text;
        return /^[1-9]\d*$/.test(text) && Number(text) <= highest ? Number(text) : undefined;
      }, `is neither a whole number from 1 to ${highest}, nor none, nor stage`),
    );
  }),
  grace: parsed((text) => {
    const seconds = durationSeconds(text);
    return seconds === undefined ? undefined : seconds * 1000;
  }, 'is not a duration, such as 24h, 7d or 0m'),
  id: parsed((text) => {
    const [, id] = /^(?:sjw_|key\/)?([0-9A-Za-z]{12})$/.exec(text) ?? [];
    return id;
  }, 'is not the id of a key: the 12 characters after sjw_'),
  role: textLike(/^[\w+=,.@-]{1,64}$/, 'is not the name of a role, without its path and account'),
  file: textLike(/./s, 'is not the name of a file', ': where the root secret is, or is to be'),
  url: z.optional(
    parsed(
      (text) => (URL.canParse(text) && /^https?:/.test(text) ? webhookAddressOf(new URL(text)) : undefined),
      'is not the address of a receiver, such as https://hooks.example.com/jobs',
    ),
  ),
  passphraseFile: z.optional(z.string()),
  replace: z.optional(z.literal(true)),
  name: parsed((text) => derivedKeys.find((each) => each === text), `is none of ${derivedKeys.join(', ')}`),
});

type Schemas = ReturnType<typeof schemasAt>;
export type OptionName = keyof Schemas;
export type KeyOptions<Name extends OptionName> = { [Each in Name]: z.infer<Schemas[Each]> };

const labels: Readonly<Record<OptionName, string>> = {
  stage: '--stage',
  tenant: '--tenant',
  to: '--to',
  rights: '--rights',
  expires: '--expires',
  ...eachLimit((name) => `--${optionOf(name)}`),
  grace: '--grace',
  id: '<key id>',
  role: '<role name>',
  file: '<file>',
  url: '--url',
  passphraseFile: '--passphrase-file',
  replace: '--replace',
  name: '<name>',
};

/**
 * Reads these options and arguments of a command.
 * @param now epoch milliseconds, for a time from now
 * @throws UsageError that names everything that is missing or wrong
 */
export function parseOptions<Name extends OptionName>(
  names: readonly Name[],
  texts: Readonly<Record<string, unknown>>,
  now: number,
): KeyOptions<Name> {
  const schemas = schemasAt(now);
  const results = names.map((name) => [name, schemas[name].safeParse(texts[name])] as const);
  const problems = results.flatMap(([name, { error }]) =>
    (error?.issues ?? []).map(({ message }) => `${labels[name]} ${message}`),
  );
  if (problems.length > 0) throw new UsageError(problems.join('\n'));
  return Object.fromEntries(results.map(([name, { data }]) => [name, data])) as KeyOptions<Name>;
}
