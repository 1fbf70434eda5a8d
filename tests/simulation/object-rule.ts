import type { JobItem } from '../../shared/job/item.ts';
import { objectOfText } from '../../shared/job/kept-text.ts';
import type { Effect } from './effect.ts';
import { Violation } from './violation.ts';

type Objects = ReadonlyMap<string, Uint8Array>;

/** The objects that an item refers to. */
export const objectsOf = ({ message, checkpoint, resultObject, output }: JobItem): readonly string[] =>
  [objectOfText(message), objectOfText(checkpoint), resultObject?.name, output?.tail].flatMap(
    (name) => name ?? [],
  );

/** What an item refers to is there, and stays what it is. */
export class ObjectRule {
  readonly #written = new Map<string, string>();

  onPut(name: string, objects: Objects): void {
    const text = Buffer.from(objects.get(name) ?? []).toString('base64');
    const before = this.#written.get(name);
    this.#written.set(name, text);
    if (before !== undefined && before !== text) throw new Violation('no object is ever overwritten', name);
  }

  onDelete(name: string, items: ReadonlyMap<string, JobItem>): void {
    for (const item of items.values())
      if (objectsOf(item).includes(name))
        throw new Violation('no object is deleted that an item refers to', `${name} of ${item.id}`);
  }

  onWrite({ write, after }: Effect, objects: Objects): void {
    for (const name of objectsOf(after))
      if (!objects.has(name))
        throw new Violation('what an item refers to is there', `${name}, after ${write.transition}`);
  }
}
