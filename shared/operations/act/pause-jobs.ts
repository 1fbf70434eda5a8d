import { type Contracts, contractOf } from '../../author/contract.ts';
import { defined } from '../../domain/base/defined.ts';
import { ConflictError, InvalidRequestError, NotFoundError } from '../../domain/base/errors.ts';
import type { Clock } from '../../domain/base/ports.ts';
import { isSuspension, maxPauseMs, type Pause } from '../../domain/state/limits/pause.ts';
import type { Pauses } from '../../domain/state/limits/pauses.ts';

export interface PauseDependencies {
  readonly pauses: Pauses;
  readonly contracts: Contracts;
  readonly clock: Clock;
}

interface NewPause {
  readonly name: string;
  readonly by: string;
  /** Epoch milliseconds. Absent: in a year. */
  readonly until: number | undefined;
  readonly why: string | undefined;
  /** Default: they are accepted. */
  readonly submissions?: 'accept' | 'refuse' | undefined;
}

/** Each worker reads them all, every three seconds. */
const maxPauses = 100;

/**
 * Pauses what a name says.
 * @throws InvalidRequestError, ConflictError, StoreUnavailableError
 */
export async function pauseJobs(
  { name, by, until, why, submissions }: NewPause,
  { pauses, contracts, clock }: PauseDependencies,
): Promise<Pause> {
  const now = clock.now();
  const endsAt = until ?? now + maxPauseMs;
  if (endsAt <= now || endsAt > now + maxPauseMs)
    throw new InvalidRequestError('See `errors` for everything that is wrong.', [
      { pointer: '/until', detail: 'must be ahead, and within a year' },
    ]);
  const [kind, type = ''] = name.split(/:(.*)/s);
  if (kind === 'type' && !contractOf(contracts, type))
    throw new InvalidRequestError('See `errors` for everything that is wrong.', [
      { pointer: '/name', detail: 'there is no job type of this name' },
    ]);
  const known = await pauses.read();
  const others = [...known.keys()].filter((each) => each !== name && !isSuspension(each));
  if (others.length >= maxPauses)
    throw new ConflictError(`There are ${maxPauses} pauses already: resume one first.`);
  const one: Pause = {
    ...{ at: now, by, until: endsAt, ...defined({ why }) },
    ...(submissions === 'refuse' ? { submissions } : {}),
  };
  await pauses.put(name, one);
  return one;
}

/**
 * Resumes what a name says, if it is not resumed yet.
 * @throws NotFoundError; ConflictError for a suspended tenant; StoreUnavailableError
 */
export async function resumeJobs(
  name: string,
  by: string,
  { pauses, clock }: Pick<PauseDependencies, 'pauses' | 'clock'>,
): Promise<Pause> {
  if (isSuspension(name))
    throw new ConflictError(
      'The tenant is suspended: the operator of the access table ends that (`keys resume`).',
    );
  await pauses.resume(name, by, clock.now());
  const one = (await pauses.read()).get(name);
  if (!one) throw new NotFoundError('There is no pause of this name.');
  return one;
}
