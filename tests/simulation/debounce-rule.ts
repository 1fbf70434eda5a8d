import { contractOf } from '../../shared/author/contract.ts';
import { askDebounce } from '../../shared/author/unique-key.ts';
import { readJson } from '../../shared/domain/base/read-json.ts';
import { isDebouncing, type JobItem } from '../../shared/domain/state/job/item.ts';
import { readMessage } from '../../shared/domain/state/job/message.ts';
import type { Answer } from './client.ts';
import type { Effect } from './effect.ts';
import { lateByMs } from './forces.ts';
import { claims } from './transition-kinds.ts';
import { Violation } from './violation.ts';
import type { World } from './world.ts';

interface Submitting {
  readonly tenant: string;
  readonly type: string;
  readonly payload: unknown;
  readonly idempotencyKey?: string | undefined;
}

/** All calls that submit one payload. Each submission of a scenario has a payload of its own. */
interface Sent {
  readonly firstAt: number;
  readonly isKeyed: boolean;
  calls: number;
  inFlight: number;
  lastAnsweredAt: number;
  /** The job of the answers that were 202. */
  accepted?: string;
  /** The jobs that its payload was run by. */
  readonly ranAs: Set<string>;
}

interface Written {
  readonly mark: string;
  readonly at: number;
}

/** While nothing goes wrong, and otherwise: a look finds what is lost. */
const usuallyLateMs = 5_000;
const lateMs = 60 * 60_000;

/**
 * Of the submissions of one debounce key each payload that is accepted is run, or replaced by one that was accepted later. No two jobs
 * wait for more submissions of one key. A job runs with the last payload, and not later than its type says.
 */
export class DebounceRule {
  readonly #world: World;
  readonly #sent = new Map<string, Sent>();
  /** The payloads that each job has had. */
  readonly #written = new Map<string, Written[]>();
  readonly #owners = new Map<string, string>();

  constructor(world: World) {
    this.#world = world;
  }

  /** Somebody submits now. @returns what the answer is given to; undefined if the type is not debounced */
  onSubmit(submitting: Submitting): ((answer: Answer) => void) | undefined {
    if (this.#ownerOf(submitting) === undefined) return undefined;
    const { time } = this.#world;
    const mark = JSON.stringify(submitting.payload);
    const sent: Sent = this.#sent.get(mark) ?? {
      firstAt: time.now,
      isKeyed: submitting.idempotencyKey !== undefined,
      ...{ calls: 0, inFlight: 0, lastAnsweredAt: 0, ranAs: new Set() },
    };
    this.#sent.set(mark, sent);
    sent.calls += 1;
    sent.inFlight += 1;
    return ({ job }) => {
      sent.inFlight -= 1;
      sent.lastAnsweredAt = time.now;
      if (!job) return;
      if (sent.isKeyed && sent.accepted !== undefined && sent.accepted !== job.id)
        throw new Violation(
          'a repeated submission is of one debounced job',
          `${sent.accepted}, then ${job.id}`,
        );
      sent.accepted = job.id;
    };
  }

  onWrite({ write: { transition }, before, after, now }: Effect): void {
    if (!after.debounced) return;
    if (transition === 'schedule' || transition === 'replace') this.#onPayload(before, after, now);
    if (claims.includes(transition) && before?.startedAt === undefined && after.run === 1)
      this.#checkTime(before, after, now);
  }

  #onPayload(before: JobItem | undefined, after: JobItem, now: number): void {
    const { id } = after;
    const message = readMessage(after.message ?? '');
    if (message instanceof Error) throw new Violation('a debounced job keeps its payload', id);
    const owner = this.#ownerOf(message) ?? '';
    this.#owners.set(id, owner);
    if (before && !isDebouncing(before))
      throw new Violation('what admission has let run is not replaced', `${id} is ${before.status}`);
    for (const other of this.#world.table.items.values())
      if (other.id !== id && isDebouncing(other) && this.#owners.get(other.id) === owner)
        throw new Violation('one job of a debounce key waits for more submissions', `${other.id} and ${id}`);
    const { notBefore = 0, runAt = 0, createdAt } = after;
    const { maxDelaySeconds = 0 } = contractOf(this.#world.contracts, after.type)?.debounce ?? {};
    const overMs = Math.max(notBefore, runAt) - createdAt - maxDelaySeconds * 1000;
    if (overMs > 0)
      throw new Violation('a debounced job waits no longer than its type says', `${id}: ${overMs} ms longer`);
    const mark = JSON.stringify(message.payload);
    const written = this.#written.get(id) ?? [];
    this.#checkOrder(mark, written.at(-1)?.mark);
    this.#checkOnce(mark);
    this.#written.set(id, [...written, { mark, at: now }]);
  }

  /** Who replaces was not over when the other was submitted. */
  #checkOrder(mark: string, replaced: string | undefined): void {
    const later = this.#sent.get(mark);
    const earlier = replaced === undefined ? undefined : this.#sent.get(replaced);
    if (!later || !earlier || later.inFlight > 0 || later.lastAnsweredAt >= earlier.firstAt) return;
    throw new Violation('a payload is replaced by a later one', `${replaced} by ${mark}`);
  }

  #checkOnce(mark: string): void {
    const isThere = [...this.#written.values()].flat().some((each) => each.mark === mark);
    if (isThere && this.#sent.get(mark)?.isKeyed)
      throw new Violation('a repeated submission replaces nothing', mark);
  }

  #checkTime(before: JobItem | undefined, { id, createdAt, type }: JobItem, now: number): void {
    const { contracts, settings, forces } = this.#world;
    // How late it may be after as many losses as a seed has, another rule knows.
    if (settings.startsSoon) return;
    const { maxDelaySeconds = 0 } = contractOf(contracts, type)?.debounce ?? {};
    // A pause has held it when it was looked at last.
    const due = Math.max(createdAt + maxDelaySeconds * 1000, before?.paused?.at ?? 0);
    const late = now - due - lateByMs(forces);
    if (late > (settings.plan || settings.chaos ? lateMs : usuallyLateMs))
      throw new Violation('a debounced job waits no longer than its type says', `${id}: ${late} ms late`);
  }

  /** The payload that a debounced job was made with. */
  firstPayloadOf(id: string): unknown {
    const mark = this.#written.get(id)?.[0]?.mark;
    return mark === undefined ? undefined : readJson(mark);
  }

  /** A handler is given a payload. */
  onRun(id: string, payload: unknown): void {
    const mark = JSON.stringify(payload);
    const last = this.#written.get(id)?.at(-1)?.mark;
    if (mark !== last) throw new Violation('the last payload runs', `${mark} in place of ${last}`);
    const sent = this.#sent.get(mark);
    sent?.ranAs.add(id);
    if (sent && sent.ranAs.size > (sent.isKeyed ? 1 : sent.calls))
      throw new Violation('no payload runs twice', `${mark}: ${[...sent.ranAs].join()}`);
  }

  onEnd(): void {
    for (const [mark, { accepted, firstAt }] of this.#sent) {
      if (accepted === undefined) continue;
      const written = this.#written.get(accepted) ?? [];
      if (!written.some((each) => each.mark === mark || each.at >= firstAt))
        throw new Violation(
          'an accepted payload is run, or replaced by a later one',
          `${mark} of ${accepted}`,
        );
    }
  }

  /** What the scenario says, whatever a mutant makes of it. */
  #ownerOf({ tenant, type, payload }: Submitting): string | undefined {
    const contract = contractOf(this.#world.contracts, type);
    const debounce = contract && askDebounce(contract, { tenant, payload });
    return debounce && `${tenant} ${type} ${debounce.key}`;
  }
}
