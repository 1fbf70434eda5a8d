import { createHmac, timingSafeEqual } from 'node:crypto';
import type { RootSecretEntry } from '../../domain/access/access-entry.ts';
import { sha256 } from '../../domain/base/sha256.ts';
import { derivedKey } from '../access/derived-key.ts';
import { invalid } from '../wire/violations.ts';

/**
 * A cursor says where the next page of a list begins: `<position>.<signature>`, both base64url. It is good for its
 * tenant and for the filter that it came with, so that nobody can read on in another list.
 */

interface Signing {
  readonly root: RootSecretEntry;
  readonly tenant: string;
  /** What the list was asked for. */
  readonly filter: object;
}

/** @param position as the list has it: the creation time and id of a job */
export function cursorOf(position: string, signing: Signing): string {
  return `${Buffer.from(position).toString('base64url')}.${signatureOf(position, signing)}`;
}

/** @returns the position in a cursor; undefined if it is not one of this list */
export function positionIn(cursor: string, signing: Signing): string | undefined {
  const [encoded = ''] = cursor.split('.');
  const position = Buffer.from(encoded, 'base64url').toString();
  // The texts are compared: a last character has bits to spare.
  const [expected, shown] = [Buffer.from(cursorOf(position, signing)), Buffer.from(cursor)];
  return expected.length === shown.length && timingSafeEqual(expected, shown) ? position : undefined;
}

/**
 * Where the page begins that a client asks for.
 * @returns undefined for the first page. @throws InvalidRequestError for a cursor of another list
 */
export function positionAsked(cursor: string | undefined, signing: Signing): string | undefined {
  const position = cursor === undefined ? undefined : positionIn(cursor, signing);
  if (cursor !== undefined && position === undefined)
    throw invalid([{ pointer: 'cursor', detail: 'is not a cursor of this list, with this filter' }]);
  return position;
}

const signatureOf = (position: string, { root, tenant, filter }: Signing): string =>
  createHmac('sha256', derivedKey(root, 'cursor', tenant))
    .update(`${position}/${sha256(JSON.stringify(filter))}`)
    .digest('base64url');
