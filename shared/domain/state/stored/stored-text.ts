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
