import { type Breaker, type BreakerWrite, breaker, noPass } from '../../shared/domain/notify/breaker.ts';
import {
  type Endpoint,
  type EndpointTry,
  endpointIdOf,
  type ParkedNotification,
  parkedNotification,
  parkingShards,
} from '../../shared/domain/notify/endpoint.ts';
import type {
  EndpointStore,
  EndpointTryQueue,
  TriedEndpoints,
} from '../../shared/domain/notify/endpoint-ports.ts';

const isFree = ({ freeAt, breaker: { pass, holder } }: BreakerWrite, found: Breaker | undefined): boolean =>
  freeAt === undefined ||
  found?.holder === undefined ||
  found.pass < pass ||
  found.holder === holder ||
  (found.heldUntil ?? 0) <= freeAt;

const meets = (write: BreakerWrite, found: Breaker | undefined): boolean => {
  const { from, pass } = write;
  if (!from.includes(found?.state ?? 'absent') || !isFree(write, found)) return false;
  const { pass: known } = found ?? { pass: noPass };
  return 'equals' in pass ? known === pass.equals : known <= pass.atMost;
};

/** Breakers and parked notifications as maps. It passes the same contract tests as the DynamoDB adapter. */
export class InMemoryEndpoints implements EndpointStore {
  readonly breakers = new Map<string, Breaker>();
  /** By the endpoint's id, and then by their own. */
  readonly parked = new Map<string, Map<string, ParkedNotification>>();

  async read(endpoint: Endpoint): Promise<Breaker | undefined> {
    return this.breakers.get(endpointIdOf(endpoint));
  }

  async write(write: BreakerWrite): Promise<boolean> {
    const id = endpointIdOf(write.endpoint);
    if (!meets(write, this.breakers.get(id))) return false;
    this.breakers.set(id, breaker.parse(write.breaker));
    return true;
  }

  async park(endpoint: Endpoint, notification: ParkedNotification): Promise<void> {
    const parked = this.#under(endpoint);
    if (!parked.has(notification.id)) parked.set(notification.id, parkedNotification.parse(notification));
  }

  /** As many as all shards may have together. */
  async front(endpoint: Endpoint, limit: number): Promise<readonly ParkedNotification[]> {
    const all = [...this.#under(endpoint).values()].sort((one, other) => (one.id < other.id ? -1 : 1));
    return all.slice(0, limit * parkingShards);
  }

  async remove(endpoint: Endpoint, id: string): Promise<void> {
    this.#under(endpoint).delete(id);
  }

  #under(endpoint: Endpoint): Map<string, ParkedNotification> {
    const id = endpointIdOf(endpoint);
    const parked = this.parked.get(id) ?? new Map<string, ParkedNotification>();
    this.parked.set(id, parked);
    return parked;
  }
}

/** The index of the breakers of `InMemoryEndpoints`. It follows every write at once. */
export class InMemoryTriedEndpoints implements TriedEndpoints {
  readonly #breakers: ReadonlyMap<string, Breaker>;

  constructor(breakers: ReadonlyMap<string, Breaker>) {
    this.#breakers = breakers;
  }

  async missed({
    part,
    until,
    limit,
  }: Parameters<TriedEndpoints['missed']>[0]): Promise<readonly Endpoint[]> {
    return [...this.#breakers.values()]
      .flatMap(({ tenant, origin, lookKey, lookAt }) =>
        lookKey === String(part) && lookAt !== undefined && lookAt <= until
          ? [{ tenant, origin, lookAt }]
          : [],
      )
      .sort((one, other) => one.lookAt - other.lookAt)
      .slice(0, limit)
      .map(({ tenant, origin }) => ({ tenant, origin }));
  }
}

/** Records the messages that try endpoints. */
export class InMemoryEndpointTries implements EndpointTryQueue {
  readonly sent: { readonly message: EndpointTry; readonly delaySeconds: number }[] = [];

  async send(message: EndpointTry, delaySeconds: number): Promise<void> {
    this.sent.push({ message, delaySeconds });
  }
}
