import { distanceOf, microsOf, roomFor } from '../../../shared/domain/access/rate.ts';
import { SeededRandom } from '../../../testkit/play/seeded-random.ts';
import { playTenants } from './tenants.ts';

/** What a tenant A submits within a minute, while a tenant B submits one job a second. */
export interface Submissions {
  readonly jobs: number;
  /** 1, or as many as a batch has. */
  readonly perRequest: number;
  /** The limit of each tenant, if the stage has one. */
  readonly perMinute?: number;
  readonly listShards: number;
}

export interface SubmissionsPlayed {
  accepted: number;
  /** 429 of API Gateway, which counts the requests of all callers. */
  refusedByStage: number;
  /** 429 of the tenant's own limit. */
  refusedByLimit: number;
  /** 503: DynamoDB refuses writes of the tenant's list of jobs. */
  unavailable: number;
  /** Of 60 requests of B, which are jobs. */
  refusedOfB: number;
  /** When B's first job starts, seconds after it was accepted. */
  startsAfter: number;
}

const minuteMs = 60_000;
const everyOfBMs = 1_000;
/** As in serverless.yml: requests a second, and at once. */
const [throttleRate, throttleBurst] = [500, 1_000];
/** Writes of one partition. Each job is one of its tenant's list. */
const writesOfShard = 1_000;

/** A minute in milliseconds. In each second, a request of B comes somewhere among those of A. */
export function playSubmissions(load: Submissions): SubmissionsPlayed {
  const played: SubmissionsPlayed = {
    ...{ accepted: 0, refusedByStage: 0, refusedByLimit: 0, unavailable: 0, refusedOfB: 0, startsAfter: 0 },
  };
  const { jobs, perRequest, perMinute, listShards } = load;
  let [tokens, sent, arrivesAt, writes] = [throttleBurst, 0, 0, 0];
  const random = new SeededRandom(1);
  const isLetIn = (): boolean => {
    if (tokens < 1) return false;
    tokens -= 1;
    return true;
  };
  const submitOfA = (now: number): void => {
    if (!isLetIn()) {
      played.refusedByStage += perRequest;
      return;
    }
    const rate =
      perMinute === undefined ? undefined : ({ limit: 'jobsPerMinute', max: perMinute, now } as const);
    const room = rate ? Math.min(perRequest, roomFor(arrivesAt, rate)) : perRequest;
    if (rate) arrivesAt = Math.max(arrivesAt, microsOf(now)) + distanceOf(room, rate);
    const written = Math.min(room, Math.max(0, listShards * writesOfShard - writes));
    writes += written;
    played.refusedByLimit += perRequest - room;
    played.unavailable += room - written;
    played.accepted += written;
  };
  for (let now = 0; now < minuteMs; now += 1) {
    if (now % 1_000 === 0) writes = 0;
    tokens = Math.min(throttleBurst, tokens + throttleRate / 1_000);
    const due = Math.floor((jobs / perRequest) * ((now + 1) / minuteMs));
    const ofB =
      now % everyOfBMs === everyOfBMs / 2 ? sent + random.below(Math.max(1, due - sent)) : undefined;
    for (; sent < due; sent += 1) {
      if (sent === ofB && !isLetIn()) played.refusedOfB += 1;
      submitOfA(now);
    }
  }
  const tenants = {
    places: 100,
    batch: 10,
    seconds: { A: 1, B: 1 },
    jobsOfA: played.accepted,
    areGroups: true,
  };
  played.startsAfter = playTenants(tenants).starts[0] ?? 0;
  return played;
}
