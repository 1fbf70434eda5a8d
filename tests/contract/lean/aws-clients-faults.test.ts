import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { inTurn } from '../../turns.ts';
import {
  allSides,
  made,
  type Outcome,
  optionsOn,
  type Side,
  startSides,
  stopSides,
} from './aws-client-calls.ts';
import { type ClientOptions, clientOf } from './aws-modules.ts';
import { type CallName, callNames, calls, type Fault, faults } from './faulty-answers.ts';
import { heldLimitMs, withRetriesAtOnce } from './retry-delays.ts';

beforeAll(startSides);
afterAll(stopSides);

/** What a call has come to. */
interface Ending {
  /** Or it waits for ever. */
  readonly ends: boolean;
  readonly result?: unknown;
  readonly error?: unknown;
  /** As the client counts them. */
  readonly attempts?: unknown;
  /** Of each request, by which connection it came. */
  readonly requests: readonly number[];
}

/** As functions have it: by TLS, and with a limit of time, which only the player of answers ends. */
const optionsFor = ({ aws }: Side): ClientOptions => ({
  endpoint: 'https://aws.test',
  requestHandler: {
    requestTimeout: heldLimitMs,
    throwOnRequestTimeout: true,
    httpsAgent: aws.httpsAgent,
  },
});

/**
 * No call needs as many turns of the loop that client and server share: retries and limits of time take none. So a call that has not
 * ended waits for nothing that will come; on a slow machine each turn takes longer.
 */
const turnsOfACall = 500;

async function isOverInTime(call: Promise<unknown>): Promise<boolean> {
  let isOver = false;
  const noted = call.then(() => {
    isOver = true;
  });
  for (let turn = 0; turn < turnsOfACall && !isOver; turn += 1) await Promise.race([noted, sleep(2)]);
  return isOver;
}

/** One call by a client of its own, which gets these answers. */
async function endingOf(side: Side, name: CallName, fault: Fault): Promise<Ending> {
  const { call, good } = calls[name];
  side.aws.play(fault.answers(good));
  const client = clientOf(side, call.service, optionsOn(side, optionsFor(side)));
  const calling = made(side, client, call);
  const ends = await isOverInTime(calling);
  const requests = side.aws.requests.map(({ connection }) => connection);
  if (!ends) side.aws.play(['close before the answer']);
  client.destroy();
  const outcome = await calling;
  return ends ? { ends, ...withoutWords(outcome), requests } : { ends, requests };
}

/** What Node.js says of a connection, which the SDK adds to, and the bytes that it has seen. */
const wordsOfNode = ['message', 'reason', 'rawPacket', 'bytesParsed'];

/** Without those words, and without the waits, which another test compares. */
function withoutWords({ result, error }: Outcome): Pick<Ending, 'result' | 'error' | 'attempts'> {
  const { $metadata, ...seen } = Object(result ?? error);
  const { attempts, totalRetryDelay: _waited, ...metadata } = Object($metadata);
  const isRefusal = '$fault' in seen;
  const kept = Object.entries(seen).filter(([field]) => isRefusal || !wordsOfNode.includes(field));
  return { attempts, [result ? 'result' : 'error']: { ...Object.fromEntries(kept), metadata } };
}

/** Where the lean client is meant to come to something else. */
interface KnownDifference {
  readonly faults: readonly string[];
  /** By default all. */
  readonly calls?: readonly CallName[];
  /** Each of these differs, and nothing else. */
  readonly in: readonly (keyof Ending)[];
  /** Part of it. */
  readonly sdk: object;
  readonly lean: object;
  readonly reason: string;
}

const timeOut = { name: 'TimeoutError', code: 'ETIMEDOUT', means: 'unanswered' };

const knownDifferences: readonly KnownDifference[] = [
  {
    faults: ['a body that drips beyond the limit'],
    in: ['result', 'error', 'attempts', 'requests'],
    sdk: { attempts: 1, requests: [1] },
    lean: { attempts: 3, requests: [1, 2, 3], error: timeOut },
    reason: 'The limit of the SDK is over with the head. A body that drips would hold the function.',
  },
  {
    faults: ['a body that stands still, and then an answer'],
    in: ['ends', 'result', 'attempts', 'requests'],
    sdk: { ends: false, requests: [1] },
    lean: { ends: true, attempts: 2, requests: [1, 2] },
    reason: 'As above: the SDK waits until the server, or Lambda, ends the connection.',
  },
  {
    faults: ['bodies that stand still'],
    in: ['ends', 'error', 'attempts', 'requests'],
    sdk: { ends: false, requests: [1] },
    lean: { ends: true, attempts: 3, requests: [1, 2, 3], error: timeOut },
    reason: 'As above.',
  },
  {
    faults: ['200 with null'],
    calls: ['create', 'mail'],
    in: ['result', 'error'],
    sdk: { error: { name: 'TypeError', means: 'unanswered' } },
    lean: { result: {} },
    reason:
      'AWS answers an object. The lean client takes what is none for an empty one, as the SDK does elsewhere.',
  },
  {
    faults: ['200 with a text'],
    calls: ['update', 'get', 'sendBatch', 'hide', 'event'],
    in: ['result'],
    sdk: { result: { 0: 'x' } },
    lean: { result: {} },
    reason: 'As above. The SDK takes each character for a member.',
  },
  {
    faults: ['400 with a text'],
    in: ['error'],
    sdk: { error: { 0: 'x', name: 'Unknown', means: 'refused' } },
    lean: { error: { name: 'Unknown', means: 'refused' } },
    reason: 'As above.',
  },
  {
    faults: ['members of bytes, and of sets', 'members by the name __proto__'],
    calls: ['update', 'get', 'sendBatch', 'create', 'event', 'mail'],
    in: ['result'],
    sdk: { ends: true },
    lean: { result: { Attributes: expect.anything(), Item: expect.anything() } },
    reason:
      'The lean client hands an answer over as it is. The engine stores no bytes, and reads members by name.',
  },
  {
    faults: ['members that nobody has heard of'],
    calls: ['update', 'get', 'send', 'sendBatch', 'create', 'event', 'mail'],
    in: ['result'],
    sdk: { ends: true },
    lean: { result: { New: 1 } },
    reason: 'The lean client hands an answer over as it is.',
  },
  {
    faults: ['InternalServerError with 400, and then an answer'],
    calls: ['update', 'get'],
    in: ['error'],
    sdk: { error: { $fault: 'server', means: 'refused' } },
    lean: { error: { $fault: 'client', means: 'refused' } },
    reason:
      'The SDK goes by the name, and the lean client by the status: with this name DynamoDB answers 500.',
  },
  {
    faults: ['a condition that did not hold, with bytes'],
    calls: ['update', 'get'],
    in: ['error'],
    sdk: { error: { Item: { b: { B: new Uint8Array([1, 2]) } } } },
    lean: { error: { Item: { b: { B: 'AQI=' } } } },
    reason: 'The engine stores no bytes.',
  },
];

const knownOf = (fault: string, name: CallName): readonly KnownDifference[] =>
  knownDifferences.filter(({ faults: of, calls: by = callNames }) => of.includes(fault) && by.includes(name));

/** Of an ending, what must be the same. */
const withoutKnown = (ending: Ending, known: KnownDifference | undefined): object =>
  Object.fromEntries(
    Object.entries(ending).filter(([field]) => known?.in.every((different) => different !== field) ?? true),
  );

interface Endings {
  readonly sdk: Ending;
  readonly lean: Ending;
}

async function endingsOf(name: CallName, fault: Fault): Promise<Endings> {
  const [sdk, lean] = allSides();
  if (!sdk || !lean) throw new Error('there are no two clients');
  return { sdk: await endingOf(sdk, name, fault), lean: await endingOf(lean, name, fault) };
}

type Played = readonly (readonly [CallName, Endings])[];

/** One call after the other: a limit of time passes for all that wait. */
async function play(fault: Fault): Promise<Played> {
  const played: [CallName, Endings][] = [];
  for (const name of callNames) played.push([name, await endingsOf(name, fault)]);
  return played;
}

/** What is not known is the same. */
function checkAlike(fault: string, played: Played): void {
  const comparable = (side: keyof Endings) =>
    Object.fromEntries(
      played.map(([name, { [side]: ending }]) => [name, withoutKnown(ending, knownOf(fault, name)[0])]),
    );
  expect(comparable('lean')).toEqual(comparable('sdk'));
}

/** What is known still differs, and as it is known. */
function checkKnown(fault: string, played: Played): void {
  for (const [name, { sdk, lean }] of played)
    for (const known of knownOf(fault, name)) {
      expect({ name, sdk, lean }).toMatchObject({ name, sdk: known.sdk, lean: known.lean });
      for (const field of known.in)
        expect({ name, [field]: lean[field] }).not.toEqual({ name, [field]: sdk[field] });
    }
}

const inTurns = inTurn('faulty answers of AWS', faults);

describe('lean clients and those of the SDK come to the same by', () => {
  test.each(inTurns.map((each): [string, Fault] => [each.name, each]))(
    '%s',
    async (name, fault) => {
      const { outcomes } = await withRetriesAtOnce(() => play(fault));
      checkAlike(name, outcomes);
      checkKnown(name, outcomes);
    },
    60_000,
  );
});

describe('the known differences', () => {
  test('are of faults that are played', () => {
    const names = faults.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    expect(names).toEqual(expect.arrayContaining(knownDifferences.flatMap((row) => row.faults)));
  });

  test('have one row for a fault of a call', () => {
    for (const { name } of faults)
      for (const call of callNames) expect(knownOf(name, call).length).toBeLessThanOrEqual(1);
  });
});
