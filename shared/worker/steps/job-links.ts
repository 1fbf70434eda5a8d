import type { JobContract } from '../../author/contract.ts';
import type { LinkOptions } from '../../author/waits.ts';
import { actorOfLink } from '../../domain/access/signal-link.ts';
import type { SignalLinks } from '../../domain/access/signal-links.ts';
import { StepError } from '../../domain/base/errors.ts';
import type { Clock } from '../../domain/base/ports.ts';
import { dayMs } from '../../domain/base/schedule-time.ts';
import type { JobItem } from '../../domain/state/job/item.ts';
import { maxActorBytes } from '../../domain/state/job/item-budget.ts';
import type { StepMemo } from './step-memo.ts';

interface Linking {
  readonly item: Pick<JobItem, 'id' | 'createdAt'>;
  readonly contract: JobContract | undefined;
  readonly run: number;
  /** It knows when a wait ends that has begun. */
  readonly memo: Pick<StepMemo, 'find'> | undefined;
}

interface LinkDependencies {
  /** Absent where no job waits for an answer. */
  readonly links?: Pick<SignalLinks, 'make'> | undefined;
  readonly clock: Clock;
}

const maxDays = 30;
const defaultDays = 7;
const maxKey = 200;
const maxAbout = 200;
/** An item holds the whole of it. */
const maxAs = maxActorBytes - Buffer.byteLength(actorOfLink(''));

/** Makes a link for somebody who answers a job. See `JobContext.signalLink`. */
export async function jobLink(
  { item: { id, createdAt }, contract, run, memo }: Linking,
  { name, key = name, within, about, as }: LinkOptions & { readonly name: string },
  { links, clock }: LinkDependencies,
): Promise<string> {
  if (!Object.hasOwn(contract?.signals ?? {}, name))
    throw new StepError(`the contract of this type has no signal "${name}"`);
  if (!links) throw new StepError('no links are made here');
  if (key === '' || key.length > maxKey || !key.isWellFormed())
    throw new StepError(`the key of a wait is a text of 1 to ${maxKey} characters`);
  if (about !== undefined && (about.length > maxAbout || !about.isWellFormed()))
    throw new StepError(`what a link is about may have ${maxAbout} characters, and no half ones`);
  if (as !== undefined && (as === '' || Buffer.byteLength(as) > maxAs || !as.isWellFormed()))
    throw new StepError(`whom a link is for has 1 to ${maxAs} bytes, and no half characters`);
  const now = clock.now();
  const wait = memo?.find(key)?.wait;
  const endsAt = wait?.run === run ? wait.until : now + defaultDays * dayMs;
  const expiresAt = within === undefined ? Math.min(endsAt, now + maxDays * dayMs) : timeOf(within, now);
  return links.make({ id, name, key, about, as }, { createdAt, expiresAt });
}

/** @throws StepError */
function timeOf(within: Date | number, now: number): number {
  const at = typeof within === 'number' ? now + within * 1000 : within.getTime();
  if (at <= now + maxDays * dayMs) return at;
  throw new StepError(`a link is good for up to ${maxDays} days`);
}
