import { isDeepStrictEqual } from 'node:util';
import { defined } from '../domain/base/defined.ts';
import { asError } from '../domain/base/errors.ts';
import type { Memory, OpenTrouble, SeenQueue } from '../domain/watch/memory.ts';
import type { CheckDependencies, LookDependencies } from './dependencies.ts';
import { isResumedWithin, resumedAtOf } from './held-groups.ts';
import { isPile, isSweepAt, isWork, type Look, lookAtStage, totalOf } from './look.ts';
import { blockedSeconds, eventMs, lossOf } from './queue-troubles.ts';
import type { Trouble } from './trouble.ts';
import { troubles } from './troubles.ts';

/**
 * Looks for troubles of the stage, tells of those that begin and end, and counts those that are open, if there are any:
 * a metric has a price by the hour in which it has data. What could not be told is not remembered: the next check tells
 * it. Two checks at a time may tell the same twice.
 * @throws what the ports throw, but for those of publishing: the alarm of failed invocations goes off
 */
export async function checkStage(deps: CheckDependencies): Promise<void> {
  const now = deps.clock.now();
  const { memory, version } = await deps.state.read();
  const look = await lookForTroubles({ now, memory, isSweep: isSweepAt(now) }, deps);
  const found = openIn(look);
  const open = await notifyOfChanges({ open: memory.open, found, now }, deps);
  if (found.length > 0) deps.countOpen(found.length);
  const next: Memory = { ...remembered(look), open };
  if (isDeepStrictEqual(next, memory)) return;
  if (!(await deps.state.write(next, version))) deps.log.info('another check has written');
}

/** What the troubles are found in. @throws what the ports throw */
export const lookForTroubles = (
  at: { readonly now: number; readonly memory: Memory; readonly isSweep: boolean },
  deps: LookDependencies,
): Promise<Look> => lookAtStage({ ...at, asks: (seen) => troubles.flatMap(({ asks }) => asks(seen)) }, deps);

/** The troubles that there are, those that were open before with their time. */
export const openIn = (look: Look): readonly OpenTrouble[] =>
  troubles.flatMap(({ name, find }) =>
    find(look).map(({ where, what }) => {
      const earlier = look.memory.open.find((each) => each.name === name && each.where === where);
      // A text that changes all the time would be a write each time.
      return earlier ?? { name, where, what, since: look.now };
    }),
  );

const isSame = (one: OpenTrouble) => (other: OpenTrouble) =>
  one.name === other.name && one.where === other.where;

interface Changes {
  readonly open: readonly OpenTrouble[];
  readonly found: readonly OpenTrouble[];
  readonly now: number;
}

/** @returns those that are open, as far as somebody was told */
async function notifyOfChanges(
  { open, found, now }: Changes,
  deps: CheckDependencies,
): Promise<OpenTrouble[]> {
  const notified: OpenTrouble[] = [];
  for (const trouble of found) {
    const isKnown = open.some(isSame(trouble));
    if (isKnown || (await notify(trouble, undefined, deps))) notified.push(trouble);
  }
  for (const trouble of open.filter((each) => !found.some(isSame(each))))
    if (!(await notify(trouble, now, deps))) notified.push(trouble);
  return notified;
}

/** @param endedAt undefined at its start. @returns whether it was told */
async function notify(
  trouble: OpenTrouble,
  endedAt: number | undefined,
  { topic, stackName, log }: CheckDependencies,
): Promise<boolean> {
  const { name, where, what, since } = trouble;
  log.warn(endedAt === undefined ? 'trouble began' : 'trouble ended', { trouble: name, where, what, since });
  try {
    await topic.publish(textOf(trouble, endedAt, stackName));
    return true;
  } catch (error) {
    log.error('trouble not told', { error: asError(error), trouble: name, where });
    return false;
  }
}

/** SNS takes 100 characters of ASCII as a subject. */
const maxSubject = 100;

/** What a person gets to read. */
export function textOf(
  { name, where, what, since }: OpenTrouble,
  endedAt: number | undefined,
  stackName: string,
): { readonly subject: string; readonly body: string } {
  const known: Pick<Trouble, 'title' | 'command'> | undefined = troubles.find((each) => each.name === name);
  const { title = name, command = 'jobctl doctor --stage $STAGE' } = known ?? {};
  const stage = stackName.replace(/^job-worker-/, '');
  const state = endedAt === undefined ? 'TROUBLE' : 'OVER';
  const lines = [
    `${title}.`,
    `Where: ${where}, of ${stackName}`,
    `What:  ${what}`,
    `Since: ${new Date(since).toISOString()}`,
    ...(endedAt === undefined
      ? [`First: ${command.replaceAll('$STAGE', stage)}`, `More:  docs/incidents.md#${name}`]
      : [`Until: ${new Date(endedAt).toISOString()}`]),
  ];
  const subject = `${state} ${stackName}: ${title} (${where})`.replaceAll(/[^ -~]/g, '?');
  return { subject: subject.slice(0, maxSubject), body: lines.join('\n') };
}

/** What the next check must know of this one. Of a stage that is idle it stays the same. */
function remembered(look: Look): Omit<Memory, 'open'> {
  const { queues, memory, now, schedules } = look;
  const resumedAt = isResumedWithin(look, blockedSeconds * 1000) ? resumedAtOf(look) : undefined;
  return {
    ...defined({ resumedAt }),
    schedules: schedules.since,
    queues: Object.fromEntries(
      queues.filter(isWork).flatMap((queue) => {
        const seen = seenOf(look, queue);
        return seen ? [[queue.name, seen] as const] : [];
      }),
    ),
    piles: Object.fromEntries(
      queues.filter(isPile).flatMap(({ name, visible }) => {
        const { count = 0, grewAt = 0 } = memory.piles[name] ?? {};
        if (visible === 0) return [];
        return [[name, { count: visible, grewAt: visible > count ? now : grewAt }] as const];
      }),
    ),
  };
}

/** A queue with fewer messages than this share of what it had has become empty. */
const emptyShare = 0.1;
const enoughToLose = 10;

function seenOf(look: Look, queue: Look['queues'][number]): SeenQueue | undefined {
  const total = totalOf(queue);
  const earlier = look.memory.queues[queue.name];
  const lost = lossOf(look, queue);
  const event = lost === undefined ? earlier?.purged : { at: look.now, lost };
  const purged = event && look.now - event.at < eventMs ? event : undefined;
  const had = earlier?.total ?? 0;
  const dropped = had >= enoughToLose && total <= had * emptyShare ? had : undefined;
  if (total === 0 && purged === undefined && dropped === undefined) return undefined;
  const standingSince = queue.visible > 0 ? (earlier?.standingSince ?? look.now) : undefined;
  return {
    total,
    ...(standingSince === undefined ? {} : { standingSince }),
    ...(dropped === undefined ? {} : { dropped }),
    ...(purged === undefined ? {} : { purged }),
  };
}
