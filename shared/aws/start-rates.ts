import { type DynamoDBClient, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { microsOf } from '../domain/access/rate.ts';
import { StoreUnavailableError } from '../domain/base/errors.ts';
import { keyPartOf } from '../domain/base/tenant-key.ts';
import {
  expiresAfterMicros,
  intervalOf,
  latestBySeen,
  latestForStart,
  nextStartOf,
  type StartRate,
  type StartRates,
  startOf,
  toleranceOf,
  turnOf,
} from '../domain/state/limits/start-rate.ts';
import { type ArrivalTime, arrivalTimes } from './arrival-times.ts';
import { toAttributes } from './attribute-value.ts';
import { callLines } from './call-lines.ts';
import type { jobTableWithMessages } from './capabilities.ts';
import { ifHeld } from './conditional-write.ts';
import type { Granted } from './environment.ts';

/** No job has such an id. */
const idOf = (what: 'start' | 'turn', { key }: StartRate) => `${what}-rate/${keyPartOf(key)}`;

/** Others may start jobs between a write and the read after it. */
const maxTries = 10;
const unavailable = (cause: unknown): never => {
  throw new StoreUnavailableError('the rate of a key could not be read or written', { cause });
};

/**
 * Two items of the jobs table for each key, and a third for a strict one, in no index, behind the `StartRates` port.
 * TTL removes them an hour after all that they remember.
 */
export function dynamoDbStartRates(
  client: DynamoDBClient,
  { TABLE_NAME }: Granted<typeof jobTableWithMessages>,
): StartRates {
  const times = arrivalTimes(client, TABLE_NAME, unavailable);

  async function move(
    id: string,
    rate: StartRate,
    { from, latest: allowed }: { readonly from: number; readonly latest: number },
  ): Promise<ArrivalTime | undefined> {
    const added = intervalOf(rate);
    for (let tries = 1; tries <= maxTries; tries += 1) {
      const before = times.known(id);
      if (before > allowed) return undefined;
      const latest = Math.min(allowed, latestBySeen(Math.max(from, before), rate));
      // Others may have moved it on: the item lives as long as the latest time that the condition lets it have.
      const expiresAt = Math.ceil((latest + added + expiresAfterMicros) / 1_000_000);
      const moved = await times.move(id, { from, added, latest, expiresAt });
      if (moved) return moved;
      await times.read(id);
    }
    return unavailable('it was changed by others again and again');
  }

  return {
    ...callLines(client, TABLE_NAME, unavailable),
    async take(rate, now) {
      const bounds = { from: microsOf(now), latest: latestForStart(rate, now) };
      const moved = await move(idOf('start', rate), rate, bounds);
      return moved && { ...moved, at: startOf(moved.arrivesAt, rate, now) };
    },
    async giveBack(rate, { arrivesAt, givenBack }) {
      const id = idOf('start', rate);
      const input = {
        TableName: TABLE_NAME,
        Key: toAttributes({ id }),
        UpdateExpression: 'SET arrivesAt = :before, givenBack = :next',
        // Without the count, a request that is carried out twice could take the start of another job.
        ConditionExpression: `arrivesAt = :arrivesAt AND ${givenBack === 0 ? 'attribute_not_exists(givenBack)' : 'givenBack = :givenBack'}`,
        ExpressionAttributeValues: toAttributes({
          ':before': arrivesAt - intervalOf(rate),
          ':next': givenBack + 1,
          ':arrivesAt': arrivesAt,
          ...(givenBack === 0 ? {} : { ':givenBack': givenBack }),
        }),
        ReturnValues: 'ALL_NEW' as const,
      };
      const answer = await ifHeld(client.send(new UpdateItemCommand(input)), unavailable);
      if (answer) times.remember(id, answer.Attributes);
    },
    nextStart(rate, now) {
      const [start, turn] = [times.known(idOf('start', rate)), times.known(idOf('turn', rate))];
      return nextStartOf({ start, turn }, rate, now);
    },
    nextInTurn: (rate, now) => nextStartOf({ start: times.known(idOf('start', rate)), turn: 0 }, rate, now),
    hasLine: (rate, now) => times.known(idOf('turn', rate)) > microsOf(now),
    async join(rate, now) {
      // The first one in line waits for the next start.
      const from = Math.max(microsOf(now), times.known(idOf('start', rate)) - toleranceOf(rate));
      // A line is as long as it is: there is always a turn.
      const moved = await move(idOf('turn', rate), rate, { from, latest: Number.MAX_SAFE_INTEGER });
      return turnOf(moved?.arrivesAt ?? from, rate);
    },
  };
}
