import type { Clock } from '../domain/base/ports.ts';
import { RecentMap } from '../domain/base/recent-map.ts';
import { type Endpoint, endpointIdOf } from '../domain/notify/endpoint.ts';
import type { EndpointStore } from '../domain/notify/endpoint-ports.ts';

/** What limits how many notifications of a tenant are parked under an endpoint. */
export const parkingLimit = 'pendingWebhooks';

interface Dependencies {
  readonly endpoints: Pick<EndpointStore, 'countParked'>;
  readonly clock: Pick<Clock, 'now'>;
  /** Never rejects. @returns undefined: the tenant has no such limit */
  readonly maxOf: (tenant: string) => Promise<number | undefined>;
}

/** A process counts what is parked under an endpoint at most so often. */
const countedForMs = 10_000;
/** Of so many endpoints a process knows how much is parked. */
const maxKnown = 1_000;

interface Counted {
  readonly at: number;
  parked: number;
}

/**
 * Whether there is room under an endpoint to park one more. A process counts what is there, and for ten seconds adds
 * what it parks itself. What others park meanwhile it does not see. Without the limit it makes no call.
 */
export class ParkingRoom {
  readonly #deps: Dependencies;
  readonly #counted = new RecentMap<string, Counted>(maxKnown);

  constructor(deps: Dependencies) {
    this.#deps = deps;
  }

  /** @returns the limit, if there is no room. @throws StoreUnavailableError */
  async take(endpoint: Endpoint): Promise<number | undefined> {
    const { endpoints, clock, maxOf } = this.#deps;
    const max = await maxOf(endpoint.tenant);
    if (max === undefined) return undefined;
    const id = endpointIdOf(endpoint);
    let counted = this.#counted.get(id);
    if (!counted || clock.now() >= counted.at + countedForMs) {
      counted = { at: clock.now(), parked: await endpoints.countParked(endpoint, max) };
      this.#counted.set(id, counted);
    }
    if (counted.parked >= max) return max;
    counted.parked += 1;
    return undefined;
  }
}
