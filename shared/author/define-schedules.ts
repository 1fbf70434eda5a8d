import * as z from 'zod/v4/core';
import { defined } from '../domain/base/defined.ts';
import { tenantName } from '../domain/base/tenant-name.ts';
import { parseCron } from '../domain/schedules/cron.ts';
import type { Schedule } from '../domain/schedules/schedule.ts';
import { problemsOfTimeZone } from '../domain/schedules/time-zone.ts';
import { type Contracts, contractOf, type JobContract } from './contract.ts';
import { markedValues } from './marked-fields.ts';
import { SecretValues } from './secret-values.ts';
import { askUnique, noUniqueKey, type UniqueKey } from './unique-key.ts';

/** A schedule of a catalog's job types, typed by their contracts. */
export type ScheduleOf<Catalog extends Contracts> = {
  [Type in keyof Catalog & string]: Omit<Schedule, 'type' | 'payload' | 'unique'> & {
    readonly type: Type;
    readonly payload: z.input<Catalog[Type]['payload']>;
  };
}[keyof Catalog & string];

/** Some schedules cannot be. Its message names all problems, each with its schedule. */
export class InvalidSchedulesError extends Error {
  override readonly name = 'InvalidSchedulesError';
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(['There are schedules that cannot be:', ...problems.map((problem) => `- ${problem}`)].join('\n'));
    this.problems = problems;
  }
}

const nameForm = /^[a-z0-9-]{1,40}$/;

const texts = ['name', 'cron', 'timeZone', 'type', 'tenant'] as const;

/** The compiler says the same, if somebody asks it. */
function problemsOfForm(entry: object, at: number): readonly string[] {
  const given = new Map<string, unknown>(Object.entries(entry));
  const missing = texts.filter((field) => typeof given.get(field) !== 'string');
  const unknown = [...given.keys()].filter(
    (field) => field !== 'payload' && !texts.some((one) => one === field),
  );
  const which = typeof given.get('name') === 'string' ? `"${given.get('name')}"` : `the schedule at ${at}`;
  return [
    ...missing.map((field) => `${which} has no text as its ${field}.`),
    ...unknown.map((field) => `${which} has a field ${field}, which no schedule has.`),
  ];
}
/** As of a body of `POST /jobs`: the job's message must fit its queue, and its item. */
const maxPayloadBytes = 256 * 1024;

/**
 * Declares recurring schedules of a catalog's job types, typed by their contracts.
 * @returns them, the payloads as JSON has them
 * @throws InvalidSchedulesError with everything that is wrong with them
 */
export function defineSchedules<Catalog extends Contracts>(
  contracts: Catalog,
  definitions: readonly ScheduleOf<Catalog>[],
): readonly Schedule[] {
  const misshapen = definitions.flatMap(problemsOfForm);
  if (misshapen.length > 0) throw new InvalidSchedulesError(misshapen);
  const schedules = definitions.map(({ payload, ...rest }) => ({ ...rest, payload: asJson(payload) }));
  const problems = [
    ...problemsOfNames(schedules),
    ...schedules.flatMap((schedule) =>
      problemsOf(schedule, contracts).map((problem) => `"${schedule.name}": ${problem}`),
    ),
  ];
  if (problems.length > 0) throw new InvalidSchedulesError(problems);
  return schedules.map((schedule) => ({
    ...schedule,
    ...defined({ unique: uniqueOf(schedule, contracts) }),
  }));
}

const uniqueOf = ({ type, payload }: Schedule, contracts: Contracts): UniqueKey | undefined => {
  const contract = contractOf(contracts, type);
  return contract && askUnique(contract, payload);
};

/** As a client would send it. A message cannot hold `undefined`. */
const asJson = (payload: unknown): unknown => JSON.parse(JSON.stringify(payload ?? null));

function problemsOfNames(schedules: readonly Schedule[]): readonly string[] {
  const names = schedules.map(({ name }) => name);
  const twice = new Set(names.filter((name, at) => names.indexOf(name) !== at));
  return [
    ...names
      .filter((name) => !nameForm.test(name))
      .map((name) => `"${name}" is no name. Use 1 to 40 small letters, digits and hyphens.`),
    ...[...twice].map((name) => `"${name}" is the name of several schedules. Use each name once.`),
  ];
}

function problemsOf(schedule: Schedule, contracts: Contracts): readonly string[] {
  const parsed = parseCron(schedule.cron);
  return [
    ...('problems' in parsed ? parsed.problems : []),
    ...problemsOfTimeZone(schedule.timeZone),
    ...problemsOfTenant(schedule.tenant),
    ...problemsOfType(schedule, contracts),
  ];
}

/** As of an API key or a token: of another tenant nobody could see the jobs. */
const problemsOfTenant = (tenant: string): readonly string[] =>
  z
    .safeParse(tenantName, tenant)
    .error?.issues.map(({ message }) => `the tenant is ${JSON.stringify(tenant)}. It ${message}.`) ?? [];

function problemsOfType({ type, payload }: Schedule, contracts: Contracts): readonly string[] {
  const contract = contractOf(contracts, type);
  if (contract === undefined)
    return [`there is no job type ${type}. There are: ${Object.keys(contracts).sort().join(', ')}.`];
  if (contract.reserved !== undefined) return [`the job type ${type} is reserved: ${contract.reserved}.`];
  return problemsOfPayload(payload, contract);
}

function problemsOfPayload(payload: unknown, contract: JobContract): readonly string[] {
  const { payload: schema } = contract;
  const bytes = Buffer.byteLength(JSON.stringify(payload));
  if (bytes > maxPayloadBytes) return [`the payload has ${bytes} bytes, and may have ${maxPayloadBytes}.`];
  const parsed = z.safeParse(schema, payload);
  const secrets = new SecretValues();
  secrets.add(schema, payload);
  const issues = parsed.success ? [] : secrets.hideIssues(schema, parsed.error);
  return [
    ...(contract.debounce
      ? [
          'its type is debounced, and an occurrence is one job: use a type without `debounce`, and submit from it.',
        ]
      : []),
    ...(parsed.success ? problemsOfUnique(payload, contract) : []),
    ...issues.map(({ path, message }) => `the payload does not fit its contract: ${at(path)}: ${message}.`),
    ...markedValues(schema, payload, 'object')
      .filter(({ value }) => value !== undefined && value !== null)
      .map(
        ({ pointer }) =>
          `the payload has an uploaded object at ${pointer}. Uploads expire. Put in the data, or where the job finds it.`,
      ),
  ];
}

function problemsOfUnique(payload: unknown, contract: JobContract): readonly string[] {
  try {
    askUnique(contract, payload);
    return [];
  } catch {
    return [`the payload ${noUniqueKey}.`];
  }
}

const at = (path: readonly PropertyKey[]): string => `/${path.map(String).join('/')}`;
