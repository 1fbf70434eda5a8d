import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { toAttributes } from '../../shared/aws/records/attribute-value.ts';
import { dynamoDbEndpoints } from '../../shared/aws/records/endpoint-store.ts';
import { dynamoDbTriedEndpoints } from '../../shared/aws/records/tried-endpoints.ts';
import { NewerVersionError, StoreUnavailableError } from '../../shared/domain/base/errors.ts';
import {
  type BreakerTransition,
  breakerWrite,
  lostAt,
  noPass,
  speeds,
} from '../../shared/domain/notify/breaker.ts';
import {
  type Endpoint,
  endpointIdOf,
  lookPartOf,
  lookParts,
  type ParkedNotification,
  parkedIdOf,
} from '../../shared/domain/notify/endpoint.ts';
import type { EndpointStore, TriedEndpoints } from '../../shared/domain/notify/endpoint-ports.ts';
import { t0 } from '../../testkit/fakes/fixed.ts';
import { InMemoryEndpoints, InMemoryTriedEndpoints } from '../../testkit/fakes/in-memory-endpoints.ts';
import type { LocalAws } from '../local-aws.ts';
import { aNotification } from '../set-ups/notify.ts';
import { newerVersion } from '../set-ups/samples.ts';
import { newId } from './item-writes.ts';
import { newLocalAws } from './shared-services.ts';

const newEndpoint = (): Endpoint => ({ tenant: 'a tenant', origin: `https://${newId()}.example` });

const aParked = (over: Partial<ParkedNotification> = {}, finishedAt = t0): ParkedNotification => {
  const message = aNotification({ jobId: newId(), finishedAt });
  return { version: 1, id: parkedIdOf(message), message, giveUpAt: t0 + 1_000, ...over };
};

interface Endpoints {
  readonly store: EndpointStore;
  readonly tried: TriedEndpoints;
}

/** What every `EndpointStore` does, and the index `TriedEndpoints` of it. It runs on the in-memory fake, and on the DynamoDB adapter with the emulator. */
function describeEndpointStore(name: string, endpointsOf: () => Endpoints): void {
  describe(`${name} as an EndpointStore`, () => {
    const storeOf = () => endpointsOf().store;
    const write = (
      endpoint: Endpoint,
      transition: BreakerTransition,
      pass: number,
      { now = t0, holder }: { readonly now?: number; readonly holder?: string } = {},
    ) =>
      storeOf().write(
        breakerWrite(transition, {
          ...{ endpoint, pass, now, failures: 2, why: 'HTTP 500' },
          ...(holder === undefined ? {} : { holder }),
        }),
      );
    const stateOf = async (endpoint: Endpoint) => {
      const breaker = await storeOf().read(endpoint);
      return breaker && [breaker.state, breaker.pass];
    };
    const front = async (endpoint: Endpoint, limit: number) =>
      (await storeOf().front(endpoint, limit)).map(({ id }) => id);

    test('stores a breaker, of which each endpoint has its own', async () => {
      const endpoint = newEndpoint();
      expect(await storeOf().read(endpoint)).toBeUndefined();
      expect(await write(endpoint, 'open', noPass)).toBe(true);
      expect(await storeOf().read(endpoint)).toEqual({
        ...endpoint,
        ...{ version: 1, state: 'open', pass: 1, failures: 2, why: 'HTTP 500', since: t0 },
        ...{ lookKey: lookPartOf(endpoint), lookAt: lostAt({ since: t0 }) },
      });
      expect(await storeOf().read({ ...endpoint, tenant: 'another' })).toBeUndefined();
      expect(await storeOf().read(newEndpoint())).toBeUndefined();
    });

    test('opens a breaker that is absent, closed or draining, by who has read it as it is', async () => {
      const endpoint = newEndpoint();
      expect(await write(endpoint, 'open', 3)).toBe(false);
      expect(await write(endpoint, 'open', noPass)).toBe(true);
      expect(await write(endpoint, 'open', noPass)).toBe(false);
      expect(await write(endpoint, 'open', 1)).toBe(false);
      await write(endpoint, 'answer', 1);
      expect(await write(endpoint, 'open', 2)).toBe(false);
      expect(await write(endpoint, 'open', 1)).toBe(true);
      await write(endpoint, 'close', 2);
      expect(await write(endpoint, 'open', 2)).toBe(true);
      expect(await stateOf(endpoint)).toEqual(['open', 3]);
    });

    test('says that a try was announced, of the same pass alone', async () => {
      const endpoint = newEndpoint();
      await write(endpoint, 'open', noPass);
      expect(await write(endpoint, 'announce', 2)).toBe(false);
      expect(await write(endpoint, 'announce', 1)).toBe(true);
      expect(await storeOf().read(endpoint)).toMatchObject({ state: 'open', pass: 1, announced: true });
    });

    test('says so of a try that was lost, unless a message has begun the try meanwhile', async () => {
      for (const [announce, begin, ...before] of [
        ['announce', 'begin'],
        ['announceDraining', 'beginDraining', 'answer'],
      ] as const) {
        const endpoint = newEndpoint();
        for (const transition of ['open', ...before] as const)
          await write(endpoint, transition, transition === 'open' ? noPass : 1);
        expect(await write(endpoint, announce, 1)).toBe(true);
        expect(await write(endpoint, begin, 1, { holder: 'one' })).toBe(true);
        expect(await write(endpoint, announce, 1)).toBe(false);
        expect(await write(endpoint, announce, 1, { now: t0 + 10 * 60_000 })).toBe(true);
      }
    });

    test('finds the endpoints whose try has not come by a time, the earliest first', async () => {
      const [endpoint, later, answers, closed] = [newEndpoint(), newEndpoint(), newEndpoint(), newEndpoint()];
      for (const [count, one] of [endpoint, later, answers, closed].entries())
        await write(one, 'open', noPass, { now: t0 + count });
      await write(answers, 'answer', 1, { now: t0 + 9 });
      await write(closed, 'close', 1);
      const missed = async (until: number) => {
        const { tried } = endpointsOf();
        const parts = [...Array(lookParts).keys()].map((part) => tried.missed({ part, until, limit: 1_000 }));
        return (await Promise.all(parts)).flat();
      };
      const ours = [endpoint, later, answers, closed].map(({ origin }) => origin);
      const found = async (until: number) =>
        (await missed(until))
          .filter(({ origin }) => ours.includes(origin))
          .map(({ origin }) => origin)
          .sort();
      const lost = lostAt({ since: t0 });
      expect(await found(lost - 1)).toEqual([]);
      expect(await found(lost)).toEqual([endpoint.origin]);
      expect(await missed(lost)).toContainEqual(endpoint);
      expect(await found(lost + 1)).toEqual([endpoint.origin, later.origin].sort());
      expect(await found(lost + 9)).toEqual([endpoint.origin, later.origin, answers.origin].sort());
    });

    test.each(['stayOpen', 'answer', 'close'] as const)(
      'lets a try write `%s` unless a later one has written, and not to a closed breaker',
      async (transition) => {
        const [endpoint, later, closed] = [newEndpoint(), newEndpoint(), newEndpoint()];
        for (const one of [endpoint, later, closed]) await write(one, 'open', noPass);
        expect(await write(endpoint, transition, 1)).toBe(true);
        expect(await write(later, transition, 2)).toBe(true);
        await write(closed, 'close', 1);
        expect(await write(closed, transition, 1)).toBe(false);
        expect(await write(newEndpoint(), transition, noPass)).toBe(false);
        const outdated = newEndpoint();
        await write(outdated, 'open', noPass);
        await write(outdated, 'stayOpen', 1);
        expect(await write(outdated, transition, 1)).toBe(false);
      },
    );

    test.each(speeds)(
      'notes that an endpoint is %s, unless it is down, or a later try has written',
      async (speed) => {
        const [endpoint, back] = [newEndpoint(), newEndpoint()];
        const note = (one: Endpoint, pass: number) =>
          storeOf().write(breakerWrite(speed, { endpoint: one, pass, now: t0, failures: 0, speed }));
        expect(await note(endpoint, 3)).toBe(false);
        expect(await note(endpoint, noPass)).toBe(true);
        expect(await note(endpoint, noPass)).toBe(true);
        const { version, expiresAt } = (await storeOf().read(endpoint)) ?? {};
        expect(await storeOf().read(endpoint)).toEqual({
          ...endpoint,
          ...{
            version,
            state: 'closed',
            pass: noPass,
            announced: true,
            failures: 0,
            speed,
            since: t0,
            expiresAt,
          },
        });
        expect(expiresAt).toBeGreaterThan(t0 / 1_000);
        expect(await write(endpoint, 'open', noPass)).toBe(true);
        expect(await storeOf().read(endpoint)).not.toHaveProperty('speed');
        for (const pass of [noPass, 1]) expect(await note(endpoint, pass)).toBe(false);
        await write(endpoint, 'answer', 1);
        expect(await note(endpoint, 1)).toBe(false);
        await write(back, 'open', noPass);
        await write(back, 'close', 1);
        expect(await note(back, noPass)).toBe(false);
        expect(await note(back, 1)).toBe(true);
      },
    );

    test('drains, and goes on with it', async () => {
      const endpoint = newEndpoint();
      await write(endpoint, 'open', noPass);
      expect(await write(endpoint, 'drainOn', 1)).toBe(false);
      await write(endpoint, 'answer', 1);
      expect(await stateOf(endpoint)).toEqual(['draining', 1]);
      expect(await write(endpoint, 'drainOn', 1)).toBe(true);
      expect(await stateOf(endpoint)).toEqual(['draining', 2]);
    });

    test('lets one message make a try, and another one of the same pass only after minutes', async () => {
      const endpoint = newEndpoint();
      await write(endpoint, 'open', noPass);
      const begin = (holder: string, pass = 1, now = t0) => write(endpoint, 'begin', pass, { holder, now });
      expect(await begin('one')).toBe(true);
      expect(await begin('one')).toBe(true);
      expect(await begin('other')).toBe(false);
      expect(await begin('other', 1, t0 + 10 * 60_000 - 1)).toBe(false);
      expect(await begin('other', 1, t0 + 10 * 60_000)).toBe(true);
      expect(await begin('third', 2)).toBe(true);
      expect(await begin('one', 1)).toBe(false);
      expect(await write(endpoint, 'beginDraining', 2, { holder: 'third' })).toBe(false);
    });

    test('finds what is parked, the oldest first, until it is removed', async () => {
      const endpoint = newEndpoint();
      expect(await front(endpoint, 1)).toEqual([]);
      const ended = [t0 + 2, t0, t0 + 1].map((finishedAt) => aParked({}, finishedAt));
      for (const one of ended) await storeOf().park(endpoint, one);
      const inOrder = ended.map(({ id }) => id).sort();
      expect(await front(endpoint, 3)).toEqual(inOrder);
      expect(await storeOf().front(endpoint, 3)).toContainEqual(ended[0]);
      expect(await front(newEndpoint(), 3)).toEqual([]);
      for (const id of [...inOrder.slice(0, 1), ...inOrder.slice(0, 1)]) await storeOf().remove(endpoint, id);
      expect(await front(endpoint, 3)).toEqual(inOrder.slice(1));
    });

    test('parks a notification once: its time goes on counting', async () => {
      const endpoint = newEndpoint();
      const parked = aParked();
      await storeOf().park(endpoint, parked);
      await storeOf().park(endpoint, { ...parked, giveUpAt: t0 + 9_000 });
      expect(await storeOf().front(endpoint, 8)).toEqual([parked]);
    });

    test('finds some of many, and nothing only if nothing is parked', async () => {
      const endpoint = newEndpoint();
      const many = Array.from({ length: 40 }, () => aParked());
      for (const one of many) await storeOf().park(endpoint, one);
      const seen = new Set<string>();
      for (;;) {
        const some = await front(endpoint, 1);
        if (some.length === 0) break;
        expect(some.length).toBeLessThanOrEqual(16);
        for (const id of some) {
          seen.add(id);
          await storeOf().remove(endpoint, id);
        }
      }
      expect(seen).toEqual(new Set(many.map(({ id }) => id)));
    });
  });
}

const inMemory = new InMemoryEndpoints();
const inMemoryIndex = new InMemoryTriedEndpoints(inMemory.breakers);
describeEndpointStore('the in-memory fake', () => ({ store: inMemory, tried: inMemoryIndex }));

describe('with the emulator', () => {
  let aws: LocalAws;
  beforeAll(async () => {
    aws = await newLocalAws();
  });
  afterAll(() => aws.stop());
  const store = () => dynamoDbEndpoints(aws.dynamoDb, aws.env);

  const tried = () => dynamoDbTriedEndpoints(aws.dynamoDb, aws.env);
  describeEndpointStore('the DynamoDB adapter', () => ({ store: store(), tried: tried() }));

  test('what newer code has stored is not read, and not written over', async () => {
    const endpoint = newEndpoint();
    const key = { endpoint: endpointIdOf(endpoint), id: 'breaker' };
    const item = { ...key, version: newerVersion, state: 'closed', pass: 1 };
    const TableName = aws.env.ENDPOINT_TABLE_NAME;
    await aws.dynamoDb.send(new PutItemCommand({ TableName, Item: toAttributes(item) }));
    await expect(store().read(endpoint)).rejects.toThrow(NewerVersionError);
    const facts = { endpoint, pass: 1, now: t0, failures: 1 };
    expect(await store().write(breakerWrite('open', facts))).toBe(false);
  });

  test('a call to a table that is not there is an outage', async () => {
    const endpoint = newEndpoint();
    const lost = dynamoDbEndpoints(aws.dynamoDb, { ...aws.env, ENDPOINT_TABLE_NAME: 'no-such-table' });
    const lostIndex = dynamoDbTriedEndpoints(aws.dynamoDb, {
      ...aws.env,
      ENDPOINT_TABLE_NAME: 'no-such-table',
    });
    const facts = { endpoint, pass: noPass, now: t0, failures: 1 };
    const { id } = aParked();
    for (const call of [
      () => lost.read(endpoint),
      () => lost.write(breakerWrite('open', facts)),
      () => lost.park(endpoint, aParked()),
      () => lost.front(endpoint, 1),
      () => lost.remove(endpoint, id),
      () => lostIndex.missed({ part: 0, until: t0, limit: 1 }),
    ])
      await expect(call()).rejects.toThrow(StoreUnavailableError);
  });
});
