import { expect, test } from '@jest/globals';
import { QueueUnavailableError } from '../../../../shared/domain/base/errors.ts';
import { breakerWrite, noPass } from '../../../../shared/domain/notify/breaker.ts';
import { findLostTries } from '../../../../shared/notify/find-lost-tries.ts';
import { FixedClock, t0 } from '../../../../testkit/fakes/fixed.ts';
import {
  InMemoryEndpoints,
  InMemoryEndpointTries,
  InMemoryTriedEndpoints,
} from '../../../../testkit/fakes/in-memory-endpoints.ts';
import { recordedLog } from '../../../../testkit/fakes/recorded-log.ts';

const minuteMs = 60_000;

/** Endpoints whose breakers were opened at `t0`, and of which nothing was heard since. */
async function withOpen(count: number) {
  const endpoints = new InMemoryEndpoints();
  const opened = Array.from({ length: count }, (_, number) => ({
    tenant: 'a tenant',
    origin: `https://${number}.example`,
  }));
  for (const endpoint of opened)
    await endpoints.write(
      breakerWrite('open', { endpoint, pass: noPass, now: t0, failures: 1, nextAt: t0 + minuteMs }),
    );
  const [clock, tries, log] = [new FixedClock(), new InMemoryEndpointTries(), recordedLog()];
  const deps = { endpoints, tries, clock, log, tried: new InMemoryTriedEndpoints(endpoints.breakers) };
  const look = () => findLostTries(clock.now() + 50_000, deps);
  const origins = () => tries.sent.map(({ message }) => message.tryEndpoint.origin).sort();
  return { ...deps, deps, opened, look, origins };
}

test('a try that is half an hour late is sent again, once', async () => {
  const { look, clock, tries, opened, log } = await withOpen(1);
  await clock.advance(31 * minuteMs - 1);
  await look();
  expect(tries.sent).toEqual([]);
  await clock.advance(1);
  await look();
  await look();
  const message = { version: 3, tryEndpoint: opened[0], pass: 1, dueAt: clock.now() };
  expect(tries.sent).toEqual([{ message, delaySeconds: 0 }]);
  expect(log.lines).toHaveLength(1);
});

test('and again, if it does not come either', async () => {
  const { look, clock, tries } = await withOpen(1);
  await clock.advance(31 * minuteMs);
  await look();
  await clock.advance(30 * minuteMs);
  await look();
  expect(tries.sent).toHaveLength(2);
});

test('so is that of an endpoint that answers, and not that of one whose breaker is closed', async () => {
  const { look, clock, endpoints, opened, origins } = await withOpen(2);
  const [draining, closed] = opened;
  if (!draining || !closed) throw new Error('there are two');
  await endpoints.write(breakerWrite('answer', { endpoint: draining, pass: 1, now: t0, failures: 0 }));
  await endpoints.write(breakerWrite('close', { endpoint: closed, pass: 1, now: t0, failures: 0 }));
  await clock.advance(31 * minuteMs);
  await look();
  expect(origins()).toEqual([draining.origin]);
  expect(await endpoints.read(draining)).toMatchObject({ state: 'draining', pass: 1, announced: true });
});

test('those of many endpoints are sent in one call, and what is left at its end by the next one', async () => {
  const { look, clock, deps, opened, origins } = await withOpen(200);
  await clock.advance(31 * minuteMs);
  await findLostTries(clock.now(), deps);
  expect(origins()).toEqual([]);
  await look();
  expect(origins()).toEqual(opened.map(({ origin }) => origin).sort());
});

test('the queue cannot be reached: the next call looks again', async () => {
  const { look, clock, deps, tries } = await withOpen(1);
  await clock.advance(31 * minuteMs);
  const broken = {
    send: async () => {
      throw new QueueUnavailableError('no queue');
    },
  };
  const looking = findLostTries(clock.now() + 1, { ...deps, tries: broken });
  await expect(looking).rejects.toThrow(QueueUnavailableError);
  await look();
  expect(tries.sent).toHaveLength(1);
});
