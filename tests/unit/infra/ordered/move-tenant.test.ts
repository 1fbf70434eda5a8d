import { expect, test } from '@jest/globals';
import {
  cancelMove,
  closedMs,
  type MoveProgress,
  moveTenant,
} from '../../../../infra/ordered/move-tenant.ts';
import { ConflictError } from '../../../../shared/domain/base/errors.ts';
import type { UnfinishedWork } from '../../../../shared/domain/state/group-place.ts';
import { FixedClock } from '../../../../testkit/fakes/fixed.ts';
import { InMemoryGroupPlaces } from '../../../../testkit/fakes/in-memory-group-places.ts';

const minuteMs = 60_000;
const tenant = 'acme';
const job: UnfinishedWork = { kind: 'job', jobId: 'a' };

/** A stage whose tenant is in the first queue. */
function aStage() {
  const places = new InMemoryGroupPlaces();
  places.places.set(tenant, { queue: 1 });
  const clock = new FixedClock();
  const left: UnfinishedWork[] = [];
  const told: MoveProgress['kind'][] = [];
  let looks = 0;
  const find = async () => {
    looks += 1;
    return [...left];
  };
  const deps = {
    ...{ places, clock, unfinished: { find } },
    tell: ({ kind }: MoveProgress) => void told.push(kind),
  };
  const place = () => places.places.get(tenant);
  return { deps, places, clock, left, told, place, looks: () => looks };
}

test('without unfinished jobs a move takes a minute and the four of the phase in which nothing is sent', async () => {
  const { deps, clock, told, place, looks } = aStage();
  const moved = moveTenant({ tenant, to: 2 }, deps);
  await clock.advance(0);
  expect(place()).toEqual({ queue: 1, move: { to: 2, phase: 'drain' }, changes: 1 });
  await clock.advance(minuteMs);
  expect(place()).toEqual({ queue: 1, move: { to: 2, phase: 'closed' }, changes: 2 });
  await clock.advance(closedMs - 1);
  expect(place()?.queue).toBe(1);
  await clock.advance(1);
  await moved;
  expect(place()).toEqual({ queue: 2, changes: 3 });
  expect([told, looks()]).toEqual([['closed'], 2]);
});

test('it waits for what is unfinished, and looks less and less often', async () => {
  const { deps, clock, left, told, place, looks } = aStage();
  left.push(job);
  const moved = moveTenant({ tenant, to: 2 }, deps);
  await clock.advance(7 * minuteMs);
  expect([told, looks()]).toEqual([['drains', 'drains', 'drains'], 3]);
  left.pop();
  await clock.advance(8 * minuteMs);
  expect(place()?.move?.phase).toBe('closed');
  await clock.advance(closedMs);
  await moved;
});

test('what has come in between is waited for again', async () => {
  const { deps, clock, left, told, place } = aStage();
  const moved = moveTenant({ tenant, to: 2 }, deps);
  await clock.advance(minuteMs);
  left.push(job);
  await clock.advance(closedMs);
  expect(place()).toMatchObject({ queue: 1, move: { to: 2, phase: 'drain' } });
  left.pop();
  await clock.advance(minuteMs + closedMs);
  await moved;
  expect(told).toEqual(['closed', 'reopened', 'closed']);
  expect(place()?.queue).toBe(2);
});

test('a second operator goes on, and neither undoes what the other one has written', async () => {
  const { deps, clock, place } = aStage();
  const both = Promise.all([moveTenant({ tenant, to: 2 }, deps), moveTenant({ tenant, to: 2 }, deps)]);
  await clock.advance(minuteMs + closedMs);
  await both;
  expect(place()).toEqual({ queue: 2, changes: 3 });
});

test('a move can be canceled until it is over', async () => {
  const { deps, clock, place } = aStage();
  const moved = moveTenant({ tenant, to: 2 }, deps);
  await clock.advance(minuteMs);
  expect(place()?.move?.phase).toBe('closed');
  expect(await cancelMove(tenant, deps)).toEqual({ queue: 1, wasMoving: true });
  expect(await cancelMove(tenant, deps)).toEqual({ queue: 1, wasMoving: false });
  expect(place()).toEqual({ queue: 1, changes: 3 });
  const failed = expect(moved).rejects.toThrow('canceled');
  await clock.advance(closedMs);
  await failed;
  expect(place()).toEqual({ queue: 1, changes: 3 });
});

test('a tenant without a queue, and one that is moved elsewhere, are not moved', async () => {
  const { deps, places } = aStage();
  places.places.set(tenant, { queue: 1, move: { to: 3, phase: 'drain' }, changes: 1 });
  await expect(moveTenant({ tenant, to: 2 }, deps)).rejects.toThrow(ConflictError);
  await expect(moveTenant({ tenant: 'nobody', to: 2 }, deps)).rejects.toThrow(ConflictError);
});
