import { text as textOf } from 'node:stream/consumers';
import type { ObjectStore } from '../../objects/object-ports.ts';

/**
 * A text of an item (a message, a saved state) may be in an object instead, because it is large: then the item has `@`
 * and the object's name. No JSON text begins with `@`.
 */

const mark = '@';

/** What an item has in place of a text that is in an object. */
export const textInObject = (name: string): string => `${mark}${name}`;

/** @returns the name of the object that the text is in, or undefined if it is the text itself */
export const objectOfText = (text: string | undefined): string | undefined =>
  text?.startsWith(mark) ? text.slice(mark.length) : undefined;

/** The text of an object. @throws MissingObjectError, ObjectsUnavailableError */
export const readText = (name: string, objects: Pick<ObjectStore, 'read'>): Promise<string> =>
  textOf(objects.read(name));

/** A text of an item, wherever it is. @throws MissingObjectError, ObjectsUnavailableError */
export async function readStoredText<T extends string | undefined>(
  text: T,
  objects: Pick<ObjectStore, 'read'>,
): Promise<T | string> {
  const name = objectOfText(text);
  return name === undefined ? text : readText(name, objects);
}
