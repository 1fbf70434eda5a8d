import type { JobItem } from '../../shared/domain/state/job/item.ts';
import { readMessage } from '../../shared/domain/state/job/message.ts';
import { isTerminal, isWaiting } from '../../shared/domain/state/job/transitions.ts';
import { objectsOf } from '../../shared/domain/state/stored/item-objects.ts';
import { objectOfText } from '../../shared/domain/state/stored/stored-text.ts';
import type { Effect } from './effect.ts';
import { keepChildrenMs, retentionMs } from './limits.ts';
import { Violation } from './violation.ts';

type Objects = ReadonlyMap<string, Uint8Array>;

const dayMs = 24 * 3600 * 1000;
/** The longest that a job is kept, be it a child or not. */
const keptMs = Math.max(retentionMs, keepChildrenMs);
/** After that the bucket's lifecycle rules delete an object: see infra/template/bucket-settings.ts. */
const lifetimes: readonly (readonly [prefix: string, milliseconds: number])[] = [
  ['messages/ended/', keptMs + dayMs],
  ['messages/waiting/', 366 * dayMs + keptMs + dayMs],
];

/** What an item refers to is there, and stays what it is. */
export class ObjectRule {
  readonly #written = new Map<string, { readonly text: string; readonly at: number }>();
  /** Those that somebody else has deleted. */
  readonly #lost = new Set<string>();

  onPut(name: string, objects: Objects, now: number): void {
    const text = Buffer.from(objects.get(name) ?? []).toString('base64');
    const before = this.#written.get(name);
    if (before === undefined) this.#written.set(name, { text, at: now });
    else if (before.text !== text) throw new Violation('no object is ever overwritten', name);
  }

  onLoss(name: string): void {
    this.#lost.add(name);
  }

  onDelete(name: string, items: ReadonlyMap<string, JobItem>): void {
    for (const item of items.values())
      if (objectsOf(item).includes(name))
        throw new Violation('no object is deleted that an item refers to', `${name} of ${item.id}`);
  }

  onWrite({ write, after }: Effect, objects: Objects): void {
    const names = objectsOf(after);
    if (names.some((name) => this.#lost.has(name))) return;
    for (const name of names)
      if (!objects.has(name))
        throw new Violation('what an item refers to is there', `${name}, after ${write.transition}`);
    if (after.message === undefined) return;
    const name = objectOfText(after.message);
    checkMessage(after, name === undefined ? after.message : textOf(objects.get(name)));
    if (name !== undefined) this.#checkLifetime(name, after);
  }

  /** A retry of the job, or its wake, still finds its message. */
  #checkLifetime(
    name: string,
    { status, expiresAt = 0, notBefore = 0, runAt = 0, messageObject }: JobItem,
  ): void {
    if (messageObject !== name)
      throw new Violation('an item tells which object its message is in', `${messageObject}, not ${name}`);
    const [, lifetime = 0] = lifetimes.find(([prefix]) => name.startsWith(prefix)) ?? [];
    const keptUntil = (this.#written.get(name)?.at ?? 0) + lifetime;
    const neededUntil = isTerminal(status)
      ? expiresAt * 1000
      : isWaiting(status)
        ? Math.max(notBefore, runAt) + retentionMs
        : 0;
    if (keptUntil < neededUntil)
      throw new Violation('a message is kept as long as its job may need it', `${name} of a ${status} job`);
  }
}

/** Nothing else is sent when the job is retried or woken. */
function checkMessage({ id, run }: JobItem, text: string): void {
  const message = readMessage(text);
  if (message instanceof Error || message.id !== id || message.run !== run)
    throw new Violation('the message that an item keeps is its own', text.slice(0, 100));
}

const textOf = (bytes: Uint8Array = new Uint8Array()): string => Buffer.from(bytes).toString('utf8');

/** As long as nothing fails, the process that replaces an object deletes it. */
export function checkNothingIsLeft(objects: Objects, items: ReadonlyMap<string, JobItem>): void {
  const known = new Set([...items.values()].flatMap(objectsOf));
  for (const name of objects.keys())
    if (!name.startsWith('uploads/') && !known.has(name))
      throw new Violation('no object is left that no item refers to', name);
}
