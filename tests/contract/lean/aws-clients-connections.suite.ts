import { describe, expect, test } from '@jest/globals';
import { clientSettings } from '../../../shared/aws/clients/clients.ts';
import { allSides, get, made, type Outcome, optionsOn, playedBy, type Side } from './aws-client-calls.ts';
import { type ClientOptions, clientOf } from './aws-modules.ts';
import type { Answer } from './recorded-aws.ts';
import { withRetriesAtOnce } from './retry-delays.ts';

/** Soon over, where no answer comes anyway. */
const impatient: ClientOptions = {
  requestHandler: { ...clientSettings.requestHandler, connectionTimeout: 60_000, requestTimeout: 40 },
};

const essence = ({ requests, ...outcome }: Outcome) => ({ ...outcome, attempts: requests.length });

/** In which an answer comes on a busy machine, too. */
const patient: ClientOptions = {
  requestHandler: { ...clientSettings.requestHandler, requestTimeout: 1_500 },
};

/** What does not depend on where a time-out, or the kernel, has found the connection. */
const essenceOfFailure = ({ error: { name, code, $metadata, $fault } = {}, requests }: Outcome) => ({
  error: { name, code, $fault, $metadata },
  attempts: requests.length,
});

function describeLost(): void {
  test.each<[string, readonly Answer[], number]>([
    ['before the answer, again and again', ['close before the answer'], 3],
    ['within the answer, again and again', ['close within the answer'], 3],
  ])('that is closed %s, is an error after three attempts', async (_what, answers, attempts) => {
    const play = (side: Side) => playedBy(side, get, { answers });
    const { outcomes } = await withRetriesAtOnce(() => Promise.all(allSides().map(play)));
    const [first, ...others] = outcomes.map(essenceOfFailure);
    expect(first).toMatchObject({ attempts, error: { code: 'ECONNRESET', $metadata: { attempts } } });
    for (const other of others) expect(other).toEqual(first);
  });

  test.each<[string, readonly Answer[]]>([
    ['before the answer', ['close before the answer', { body: '{"Item":{"id":{"S":"a"}}}' }]],
    ['within the answer', ['close within the answer', { body: '{"Item":{"id":{"S":"a"}}}' }]],
  ])('that is closed %s once, is none for the caller', async (_what, answers) => {
    const play = (side: Side) => playedBy(side, get, { answers });
    const { outcomes } = await withRetriesAtOnce(() => Promise.all(allSides().map(play)));
    const [first, ...others] = outcomes.map(essence);
    expect(first).toMatchObject({
      attempts: 2,
      result: { Item: { id: { S: 'a' } }, $metadata: { attempts: 2 } },
    });
    for (const other of others) expect(other).toEqual(first);
  });

  test('that nobody takes is an error after three attempts', async () => {
    const options = { endpoint: 'http://127.0.0.1:1' };
    const play = (side: Side) => playedBy(side, get, { answers: [], options });
    const { outcomes } = await withRetriesAtOnce(() => Promise.all(allSides().map(play)));
    const [first, ...others] = outcomes.map(essenceOfFailure);
    expect(first).toMatchObject({ error: { code: 'ECONNREFUSED', $metadata: { attempts: 3 } } });
    for (const other of others) expect(other).toEqual(first);
  });

  test('that does not come in time is an error after three attempts', async () => {
    // Nobody says where the host is.
    const httpsAgent = { maxSockets: 500, lookup: () => undefined };
    const requestHandler = {
      ...impatient.requestHandler,
      httpsAgent,
      connectionTimeout: 40,
      requestTimeout: 60_000,
    };
    const options = { endpoint: 'https://nowhere.test', requestHandler };
    const play = (side: Side) => playedBy(side, get, { answers: [], options });
    const [first, ...others] = (await Promise.all(allSides().map(play))).map(withoutDelays);
    expect(first).toMatchObject({
      error: { name: 'TimeoutError', message: ' 40 ms', $metadata: { attempts: 3 } },
    });
    for (const other of others) expect(other).toEqual(first);
  });
}

/** A server may not have seen a request that was given up soon. */
function withoutDelays({ error = {} }: Outcome) {
  const { totalRetryDelay: _, ...$metadata } = Object(error.$metadata);
  return { error: { ...error, $metadata } };
}

function describeSlow(): void {
  test('is an error after three attempts', async () => {
    const play = (side: Side) => playedBy(side, get, { answers: ['never answer'], options: impatient });
    const [first, ...others] = (await Promise.all(allSides().map(play))).map(withoutDelays);
    expect(first).toMatchObject({
      error: { name: 'TimeoutError', message: ' 40 ms', code: 'ETIMEDOUT', $metadata: { attempts: 3 } },
    });
    for (const other of others) expect(other).toEqual(first);
  });

  test('does not hold up the next attempt, which comes by another connection', async () => {
    const answers: readonly Answer[] = ['never answer', {}];
    const played = allSides().map((side) => playedBy(side, get, { answers, options: patient }));
    for (const { requests, result } of await Promise.all(played)) {
      expect(result).toMatchObject({ $metadata: { attempts: 2 } });
      expect(requests.map(({ connection }) => connection)).toEqual([1, 2]);
    }
  });
}

/** Where the SDK waits for ever, or for five minutes, the lean client does not. */
function describeStopped(): void {
  const leanSides = () => allSides().filter(({ name }) => name === 'lean');

  test('is an error after three attempts', async () => {
    for (const side of leanSides()) {
      const { error } = await playedBy(side, get, {
        answers: ['stop within the answer'],
        options: impatient,
      });
      expect(error).toMatchObject({ $metadata: { attempts: 3 } });
    }
  });

  test.each<Answer>(['stop within the answer', 'drip an answer'])(
    'is a time-out by name: %s',
    async (answer) => {
      for (const side of leanSides()) {
        const { error } = await playedBy(side, get, { answers: [answer], options: impatient });
        expect(error).toMatchObject({
          ...{ name: 'TimeoutError', message: ' 40 ms', code: 'ETIMEDOUT' },
          $metadata: { attempts: 3 },
        });
      }
    },
  );

  test('is none for the caller if it comes at last', async () => {
    const answers: readonly Answer[] = ['stop within the answer', { body: '{"Item":{"id":{"S":"a"}}}' }];
    for (const side of leanSides()) {
      const { result } = await playedBy(side, get, { answers, options: patient });
      expect(result).toMatchObject({ Item: { id: { S: 'a' } }, $metadata: { attempts: 2 } });
    }
  });
}

function describeKept(): void {
  const calls = async (side: Side, options: ClientOptions, count: number) => {
    const client = clientOf(side, 'dynamodb', optionsOn(side, options));
    const outcomes: Outcome[] = [];
    for (let each = 0; each < count; each += 1) outcomes.push(await made(side, client, get));
    client.destroy();
    return outcomes.flatMap(({ requests }) => requests.map(({ connection }) => connection));
  };

  test('is used for the next call, also after a refusal', async () => {
    for (const side of allSides()) {
      side.aws.play([{}, { status: 400 }, {}, {}]);
      expect(await calls(side, {}, 4)).toEqual([1, 1, 1, 1]);
    }
  });

  test('is used for the next call by TLS, too', async () => {
    for (const side of allSides()) {
      side.aws.play([{}]);
      const { httpsAgent } = side.aws;
      const options = { endpoint: 'https://dynamodb.test', requestHandler: { httpsAgent } };
      expect(await calls(side, options, 3)).toEqual([1, 1, 1]);
    }
  });

  test('is used for the next attempt after an answer that was read', async () => {
    for (const side of allSides()) {
      side.aws.play([{ status: 500 }, { status: 503, body: 'a page' }, {}]);
      const { outcomes } = await withRetriesAtOnce(() => calls(side, {}, 1));
      expect(outcomes).toEqual([1, 1, 1]);
    }
  });

  test.each<[string, ClientOptions, number]>([
    ['two', { requestHandler: { httpsAgent: { maxSockets: 2 } } }, 2],
    ['seven', { requestHandler: { httpsAgent: { maxSockets: 7 } } }, 7],
    ['as many as it likes', {}, 50],
  ])('of a client that may have %s, are so many at a time', async (_what, { requestHandler }, expected) => {
    for (const side of allSides()) {
      side.aws.play([{}]);
      const httpsAgent = { ...side.aws.httpsAgent, ...requestHandler?.httpsAgent };
      const byTls = { endpoint: 'https://dynamodb.test', requestHandler: { httpsAgent } };
      const client = clientOf(side, 'dynamodb', optionsOn(side, requestHandler ? byTls : {}));
      await Promise.all(Array.from({ length: expected + 5 }, () => made(side, client, get)));
      client.destroy();
      expect(new Set(side.aws.requests.map(({ connection }) => connection)).size).toBe(expected);
    }
  });

  test('is closed when the client is', async () => {
    for (const side of allSides()) {
      side.aws.play([{}]);
      const options = optionsOn(side);
      const client = clientOf(side, 'dynamodb', options);
      await made(side, client, get);
      expect(await side.aws.openConnections()).toBe(1);
      client.destroy();
      await side.aws.allClosed();
      expect(await side.aws.openConnections()).toBe(0);
    }
  });
}

/** Both clients keep connections, and lose them, alike. */
export function describeConnections(): void {
  describe('a connection', describeLost);
  describe('an answer that does not come in time', describeSlow);
  describe('an answer that stops coming', describeStopped);
  describe('a connection that is kept', describeKept);
}
