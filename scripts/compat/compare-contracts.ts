import type { ContractQueue, Contracts, JobContract } from '../../shared/author/contract.ts';
import { asError } from '../../shared/domain/base/errors.ts';
import { type Comparison, compareSchemas, type Kept } from './compare-schemas.ts';

export type Part = 'payload' | 'checkpoint' | 'result';

/** What a line of the report is about. Only `breaks` makes the command fail. */
export interface Finding {
  readonly level: 'breaks' | 'to do' | 'unknown' | 'warning' | 'note';
  readonly type: string;
  readonly text: string;
}

const parts: Readonly<Record<Part, Kept>> = {
  payload: 'as given',
  checkpoint: 'as parsed',
  result: 'as parsed',
};

/** What happens otherwise, and what to do about it: once for each part. */
const advice: Readonly<Record<Part, string>> = {
  payload:
    'jobs fail with InvalidPayloadError. Accept the old shape too (an optional field, a union, the old bounds) until no queued, waiting, running or failed job has it; or let these jobs end before you deploy; or give the new shape a new type name',
  checkpoint:
    'jobs that resume fail with CheckpointError. Accept the old states too, and go on from them, until no unfinished or failed job has one; or let these jobs end before you deploy. A state that was refused is kept: mend the schema, deploy, retry',
  result:
    'no job fails, but clients still get the saved results, which no longer are what the API promises. Describe the old shape too as long as such results are kept',
};

/** What becomes of what jobs of the older version have left: their messages, states and results. */
export const compareContracts = (older: Contracts, newer: Contracts): readonly Finding[] =>
  Object.entries(older).flatMap(([type, contract]) => {
    const now = Object.hasOwn(newer, type) ? newer[type] : undefined;
    return now ? compareTypes(type, contract, now) : removed(type);
  });

const removed = (type: string): readonly Finding[] => [
  { level: 'breaks', type, text: 'the type is gone' },
  {
    level: 'to do',
    type,
    text: 'jobs wait for the type, and fail with UnknownJobTypeError after unknownTypeHours. Keep the type, reserved if you like, until no job of it is unfinished',
  },
];

const compareTypes = (type: string, older: JobContract, newer: JobContract): readonly Finding[] => [
  ...(Object.keys(parts) as Part[]).flatMap((part) =>
    comparePart(part, older, newer).map((each) => ({ ...each, type })),
  ),
  ...notesOn(older, newer).map((text) => ({ level: 'note' as const, type, text })),
];

type Untyped = Omit<Finding, 'type'>;

function comparePart(part: Part, older: JobContract, newer: JobContract): readonly Untyped[] {
  const schemas = { older: older[part], newer: newer[part] };
  if (!schemas.older) return [];
  if (!schemas.newer)
    return [
      { level: 'breaks', text: `${part}: there was a schema, and there is none any more` },
      { level: 'to do', text: `${part}: ${advice[part]}` },
    ];
  try {
    return describe(part, compareSchemas({ older: schemas.older, newer: schemas.newer }, parts[part]));
  } catch (error) {
    // JSON Schema does not know every schema, such as one that contains itself without end.
    const { message } = asError(error);
    return [
      { level: 'unknown', text: `${part} (whole) cannot be compared, look at it yourself: ${message}` },
    ];
  }
}

const maxLines = 20;

function describe(part: Part, { breaks, gaps, revealed }: Comparison): readonly Untyped[] {
  const lines = breaks.map(
    ({ pointer, message, example }) =>
      `${part} ${pointer || '(whole)'}: the old version allows ${example}, the new one refuses it: ${message}`,
  );
  const more = lines.length - maxLines;
  return [
    ...[...lines.slice(0, maxLines), ...(more > 0 ? [`${part}: and ${more} more`] : [])].map((text) => ({
      level: 'breaks' as const,
      text,
    })),
    ...(lines.length > 0 ? [{ level: 'to do' as const, text: `${part}: ${advice[part]}` }] : []),
    ...gaps.map(({ pointer, why }) => ({
      level: 'unknown' as const,
      text: `${part} ${pointer || '(whole)'} cannot be compared, look at it yourself: ${why}`,
    })),
    ...revealed.map((pointer) => ({
      level: 'warning' as const,
      text: `${part} ${pointer || '(whole)'} is not secret any more: values of jobs that exist become visible in logs and on pages`,
    })),
  ];
}

const moves: Readonly<Record<ContractQueue, string>> = {
  standard: 'moves to the standard queue: messages in its earlier queue are processed there',
  long: 'moves to the long queue: messages in the standard queue are sent on, those in the server queue are processed there',
  server: 'moves to the server queue: messages in its earlier queue are sent on, jobs of groups fail',
  bulk: 'moves to the queue of bulk actions: messages in the long queue are sent on',
};

function notesOn(older: JobContract, newer: JobContract): readonly string[] {
  return [
    ...(older.queue === newer.queue ? [] : [moves[newer.queue]]),
    ...(newer.timeoutSeconds < older.timeoutSeconds
      ? [
          `timeoutSeconds falls from ${older.timeoutSeconds} to ${newer.timeoutSeconds}, also for jobs that exist`,
        ]
      : []),
    ...(newer.maxAttempts < older.maxAttempts
      ? [`maxAttempts falls from ${older.maxAttempts} to ${newer.maxAttempts}: jobs that exist keep theirs`]
      : []),
  ];
}
