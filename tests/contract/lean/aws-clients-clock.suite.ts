import { describe, expect, test } from '@jest/globals';
import { allSides, get, made, type Outcome, optionsOn, type Side } from './aws-client-calls.ts';
import { clientOf } from './aws-modules.ts';
import { type Answer, type RecordedRequest, refusal, type WholeAnswer } from './recorded-aws.ts';
import { withRetriesAtOnce } from './retry-delays.ts';
import { signedAt } from './signature-check.ts';

const minutes = 60_000;
/** What the clock of AWS says, if it is so many minutes ahead of ours. */
const dated = (answer: WholeAnswer, ahead: number, more: Readonly<Record<string, string>> = {}) => {
  const date = new Date(Date.now() + ahead * minutes).toUTCString();
  return { ...answer, headers: { ...answer.headers, date, ...more } };
};

/** How far ahead of our clock a request was signed, in tens of minutes: a busy machine needs seconds for a call. */
const aheadOf = (request: RecordedRequest): number =>
  // Without the sum, it may be minus zero.
  Math.round((signedAt(request).getTime() - Date.now()) / minutes / 10) * 10 + 0;

interface Played {
  readonly error?: unknown;
  readonly clockSkewCorrected?: unknown;
  readonly ahead: readonly number[];
}

/** Makes calls by one client, one after the other. */
async function playedBy(side: Side, answers: readonly Answer[], calls: number): Promise<readonly Played[]> {
  side.aws.play(answers);
  const client = clientOf(side, 'dynamodb', optionsOn(side));
  const outcomes: Played[] = [];
  for (let left = calls; left > 0; left -= 1) outcomes.push(playedOf(await made(side, client, get)));
  client.destroy();
  return outcomes;
}

const playedOf = ({ error, requests }: Outcome): Played => ({
  ...(error && { error: error.name }),
  ...(error && { clockSkewCorrected: Object(error.$metadata).clockSkewCorrected }),
  ahead: requests.map(aheadOf),
});

/** Answers are written when the test begins. */
type Row = readonly [string, () => readonly Answer[], readonly Played[]];

const skews = [
  'InvalidSignatureException',
  'RequestTimeTooSkewed',
  'SignatureDoesNotMatch',
  'RequestExpired',
];
const isCorrected = { clockSkewCorrected: true };

const cases: readonly Row[] = [
  ...skews.map(
    (name): Row => [
      `${name} corrects a clock that is behind, for the next attempt and the next call`,
      () => [dated(refusal(name), 120), dated({}, 120)],
      [{ ahead: [0, 120] }, { ahead: [120] }],
    ],
  ),
  [
    'a clock that is ahead is corrected, too',
    () => [dated(refusal('RequestTimeTooSkewed'), -600), dated({}, -600)],
    [{ ahead: [0, -600] }, { ahead: [-600] }],
  ],
  [
    'the time of an answer corrects the clock for the next call, before it is refused',
    () => [dated({}, 30), dated({}, 30)],
    [{ ahead: [0] }, { ahead: [30] }],
  ],
  [
    'a clock that is right again is taken as such',
    () => [dated({}, 30), dated({}, 0), dated({}, 0)],
    [{ ahead: [0] }, { ahead: [30] }, { ahead: [0] }],
  ],
  [
    'a refusal for a skew of seconds is none of the clock',
    () => [dated(refusal('RequestTimeTooSkewed'), 2)],
    [{ error: 'RequestTimeTooSkewed', clockSkewCorrected: undefined, ahead: [0] }],
  ],
  [
    'a signature that has expired is made again',
    () => [
      dated(refusal('InvalidSignatureException', { message: 'Signature expired: 2026 is now earlier' }), 0),
    ],
    [{ error: 'InvalidSignatureException', clockSkewCorrected: undefined, ahead: [0, 0, 0] }],
  ],
  [
    'the time of a cache is none of AWS',
    () => [dated(refusal('RequestTimeTooSkewed'), 120, { age: '60' }), dated({}, 120, { age: '60' }), {}],
    [
      { error: 'RequestTimeTooSkewed', clockSkewCorrected: undefined, ahead: [0] },
      { ahead: [0] },
      { ahead: [0] },
    ],
  ],
  [
    'a time that is none changes nothing',
    () => [{ ...refusal('RequestTimeTooSkewed'), headers: { date: 'yesterday' } }],
    [{ error: 'RequestTimeTooSkewed', clockSkewCorrected: undefined, ahead: [0] }],
  ],
  [
    'whatever is refused by a clock that is far away is asked once more',
    () => [dated(refusal('ValidationException'), 120)],
    [{ error: 'ValidationException', ...isCorrected, ahead: [0, 120, 120] }],
  ],
  [
    'a refusal that says nothing new of the clock is one, however wrong that was',
    () => [dated({}, 120), dated(refusal('ValidationException'), 120, { age: '60' })],
    [{ ahead: [0] }, { error: 'ValidationException', clockSkewCorrected: undefined, ahead: [120] }],
  ],
  [
    'a fault at another time corrects the clock',
    () => [dated(refusal('InternalServerError', {}, 500), 60), dated({}, 60)],
    [{ ahead: [0, 60] }],
  ],
  [
    'an answer at another time that is no JSON is asked for again, and corrects the clock',
    () => [dated({ body: 'no' }, 60), dated({}, 0)],
    [{ ahead: [0, 60] }, { ahead: [0] }],
  ],
];

/** Whose clock is wrong is understood by AWS all the same. */
export function describeClock(): void {
  describe('by a clock that is wrong', () => {
    test.each([...cases])('%s', async (_what, answersOf, expected) => {
      for (const side of allSides()) {
        const play = () => playedBy(side, answersOf(), expected.length);
        expect((await withRetriesAtOnce(play)).outcomes).toEqual(expected);
      }
    });
  });
}
