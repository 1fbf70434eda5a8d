import { describe, expect, test } from '@jest/globals';
import * as z from 'zod/mini';
import { defineJob } from '../../../../shared/author/contract.ts';
import type { ScheduleOf } from '../../../../shared/author/define-schedules.ts';
import { defineSchedules, InvalidSchedulesError } from '../../../../shared/author/define-schedules.ts';
import { zObject } from '../../../../shared/domain/objects/z-object.ts';

const limits = { result: z.null(), timeoutSeconds: 5, maxAttempts: 1 };
const catalog = {
  report: defineJob({
    ...limits,
    payload: z.strictObject({
      city: z.string(),
      pages: z._default(z.int(), 1),
      token: z.optional(z.string().check(z.maxLength(3), z.meta({ secret: true }))),
      file: z.optional(zObject()),
      attachments: z.optional(z.array(z.strictObject({ file: zObject() }))),
    }),
  }),
  idle: defineJob({ ...limits, payload: z.nullish(z.strictObject({ since: z.optional(z.string()) })) }),
  action: defineJob({ ...limits, payload: z.unknown(), reserved: 'use POST /jobs/actions' }),
};

type Definition = ScheduleOf<typeof catalog>;

const aSchedule = {
  name: 'daily-report',
  cron: '0 7 * * MON-FRI',
  timeZone: 'Europe/Berlin',
  tenant: 'acme',
  type: 'report',
  payload: { city: 'Basel' },
} as const;

/** The problems of schedules, each of which is right but for what is given. */
function problemsOf(...definitions: readonly Record<string, unknown>[]): readonly string[] {
  try {
    // What the compiler would not let through, a change of a contract may bring about.
    defineSchedules(catalog, definitions.map((over) => ({ ...aSchedule, ...over })) as readonly Definition[]);
    return [];
  } catch (error) {
    if (error instanceof InvalidSchedulesError) return error.problems;
    throw error;
  }
}

const objectName = `uploads/${'a'.repeat(22)}/2026-01-02/0b2c7d9e-1f3a-4b5c-8d6e-7f8091a2b3c4.${'b'.repeat(22)}`;

describe('schedules', () => {
  test('are given back as they are, without the defaults of a contract', () => {
    expect(defineSchedules(catalog, [aSchedule])).toEqual([aSchedule]);
    expect(defineSchedules(catalog, [])).toEqual([]);
  });

  test('have payloads as JSON has them', () => {
    const idle = { ...aSchedule, type: 'idle' } as const;
    const schedules = defineSchedules(catalog, [
      { ...idle, name: 'none', payload: undefined },
      { ...idle, name: 'empty', payload: { since: undefined } },
    ]);
    expect(schedules.map(({ payload }) => payload)).toStrictEqual([null, {}]);
  });

  test('are refused for fields that are missing, no texts, or unknown, which only the compiler would see', () => {
    const { timeZone: _, ...rest } = aSchedule;
    const wrong: unknown = [{ ...rest, timezone: 'UTC' }, { ...aSchedule, cron: 5, tags: [] }, {}];
    expect(() => defineSchedules(catalog, wrong as never)).toThrow(
      [
        'There are schedules that cannot be:',
        '- "daily-report" has no text as its timeZone.',
        '- "daily-report" has a field timezone, which no schedule has.',
        '- "daily-report" has no text as its cron.',
        '- "daily-report" has a field tags, which no schedule has.',
        ...['name', 'cron', 'timeZone', 'type', 'tenant'].map(
          (field) => `- the schedule at 2 has no text as its ${field}.`,
        ),
      ].join('\n'),
    );
  });

  test('are refused by one error with all problems', () => {
    const wrong = { ...aSchedule, cron: '@hourly', timeZone: 'Mars/Olympus', tenant: '' };
    expect(() => defineSchedules(catalog, [wrong, { ...aSchedule, name: 'Monthly' }])).toThrow(
      [
        'There are schedules that cannot be:',
        '- "Monthly" is no name. Use 1 to 40 small letters, digits and hyphens.',
        '- "daily-report": the cron is "@hourly". Write 0 * * * *.',
        '- "daily-report": the time zone is "Mars/Olympus". Use a name of the IANA time zone database, such as Europe/Berlin, or UTC.',
        '- "daily-report": the tenant is "". It must be the name of a tenant: 1 to 8192 characters, well-formed.',
      ].join('\n'),
    );
  });
});

describe('a name of a schedule', () => {
  test.each(['', 'a_b', 'Ä', 'a b', 'a'.repeat(41)])('%j is refused', (name) => {
    expect(problemsOf({ name })).toEqual([expect.stringContaining(`"${name}" is no name.`)]);
  });

  test.each(['a', '1', 'a-b-2', 'a'.repeat(40)])('%j is accepted', (name) => {
    expect(problemsOf({ name })).toEqual([]);
  });

  test('is refused the second time', () => {
    expect(problemsOf({}, { name: 'other' }, {}, {})).toEqual([
      '"daily-report" is the name of several schedules. Use each name once.',
    ]);
  });
});

describe('a time zone', () => {
  test.each([
    'Asia/Kolkata',
    'Europe/Kyiv',
    'UTC',
    'Etc/GMT+5',
    'America/Port-au-Prince',
    'America/Argentina/Buenos_Aires',
  ])('%s is accepted', (timeZone) => {
    expect(problemsOf({ timeZone })).toEqual([]);
  });

  test.each(['', '+01:00', 'MEZ', 'Europe', 'asia/kolkata', 'GMT+1', 'Europe/Berlin '])(
    '%j is refused',
    (timeZone) => {
      expect(problemsOf({ timeZone })).toEqual([
        expect.stringContaining(`the time zone is "${timeZone}". Use`),
      ]);
    },
  );

  test('is refused with the right capitals', () => {
    expect(problemsOf({ timeZone: 'europe/berlin' })).toEqual([
      '"daily-report": the time zone is "europe/berlin". Write Europe/Berlin.',
    ]);
  });
});

describe('a type and its payload', () => {
  test('are those of a type that there is', () => {
    expect(problemsOf({ type: 'toString' })).toEqual([
      '"daily-report": there is no job type toString. There are: action, idle, report.',
    ]);
  });

  test('are not those of a reserved type', () => {
    expect(problemsOf({ type: 'action' })).toEqual([
      '"daily-report": the job type action is reserved: use POST /jobs/actions.',
    ]);
  });

  test('fit the contract, in every place', () => {
    expect(problemsOf({ payload: { city: 5, pages: 'one', more: true } })).toEqual([
      '"daily-report": the payload does not fit its contract: /city: Invalid input: expected string, received number.',
      '"daily-report": the payload does not fit its contract: /pages: Invalid input: expected number, received string.',
      '"daily-report": the payload does not fit its contract: /: Unrecognized key: "more".',
    ]);
  });

  test('are not quoted where they are secret', () => {
    expect(problemsOf({ payload: { city: 'Basel', token: 'abcdef' } })).toEqual([
      '"daily-report": the payload does not fit its contract: /token: is not valid, and is secret.',
    ]);
  });

  test('have the unique key that the contract says, which there must be', () => {
    const uniqueBy = (key: () => string) => ({
      one: defineJob({ ...limits, payload: z.strictObject({}), unique: { key, withinSeconds: 60 } }),
    });
    const schedule = {
      ...{ name: 'one', cron: '0 2 * * *', timeZone: 'UTC', tenant: 'acme' },
      ...{ type: 'one' as const, payload: {} },
    };
    expect(
      defineSchedules(
        uniqueBy(() => 'a key'),
        [schedule],
      ),
    ).toEqual([{ ...schedule, unique: { key: 'a key', withinSeconds: 60 } }]);
    expect(() =>
      defineSchedules(
        uniqueBy(() => ''),
        [schedule],
      ),
    ).toThrow('"one": the payload has no unique key');
  });

  test('are of no debounced type', () => {
    const debounce = { key: () => 'a key', delaySeconds: 1, maxDelaySeconds: 2 };
    const one = defineJob({ ...limits, payload: z.strictObject({}), debounce });
    const schedule = {
      ...{ name: 'one', cron: '0 2 * * *', timeZone: 'UTC', tenant: 'acme' },
      ...{ type: 'one' as const, payload: {} },
    };
    expect(() => defineSchedules({ one }, [schedule])).toThrow('"one": its type is debounced');
  });

  test('have no uploaded object, which would expire', () => {
    const payload = { city: 'Basel', file: objectName, attachments: [{ file: objectName }] };
    expect(problemsOf({ payload })).toEqual([
      '"daily-report": the payload has an uploaded object at /file. Uploads expire. Put in the data, or where the job finds it.',
      '"daily-report": the payload has an uploaded object at /attachments/0/file. Uploads expire. Put in the data, or where the job finds it.',
    ]);
  });

  test('have no more bytes than a request', () => {
    const city = (bytes: number) => ({ payload: { city: 'x'.repeat(bytes - '{"city":""}'.length) } });
    expect(problemsOf(city(256 * 1024))).toEqual([]);
    expect(problemsOf(city(256 * 1024 + 1))).toEqual([
      '"daily-report": the payload has 262145 bytes, and may have 262144.',
    ]);
  });
});
