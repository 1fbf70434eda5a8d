import { createHmac, timingSafeEqual } from 'node:crypto';
import type { LinksEntry } from './access-entry.ts';

/*
 * A link lets its holder answer one wait of one job: `<end>.<creation>.<signature>`, in seconds and in milliseconds to
 * the base of 36. What it is for stands in the address beside it, and is signed. It is good for this job only: after
 * its retention, another job can have the same id, by the same idempotency key. An id is made of its tenant, so the
 * link names none.
 */

/** What somebody may answer. */
export interface AskedByLink {
  /** Of the job. */
  readonly id: string;
  /** Of the signal. */
  readonly name: string;
  /** Of the wait. */
  readonly key: string;
  /** What the question is about, for who reads it. */
  readonly about?: string | undefined;
  /** Whom the link is for. */
  readonly as?: string | undefined;
}

/** Who answers by a link has no other name than the link gives. No caller is called so. */
export const actorOfLink = (as: string | undefined): string => (as === undefined ? 'link' : `link:${as}`);

/** @returns whom the link was for, by which an actor answered; undefined if it named nobody, or there was none */
export const nameInLink = (actor: string): string | undefined => /^link:(.*)$/s.exec(actor)?.[1];

export interface LinkTerms {
  /** When the job was created, epoch milliseconds. */
  readonly createdAt: number;
  /** Until when the link is good, epoch milliseconds. */
  readonly expiresAt: number;
}

const shape = /^([\da-z]{1,8})\.([\da-z]{1,9})\.[\w-]{43}$/;

/** The token of a link. A link is good until the end of a second. */
export function signLink(
  asked: AskedByLink,
  { createdAt, expiresAt }: LinkTerms,
  { secret }: Pick<LinksEntry, 'secret'>,
): string {
  return signed(`${Math.ceil(expiresAt / 1000).toString(36)}.${createdAt.toString(36)}`, asked, secret);
}

/**
 * Reads a token. In constant time, as far as the signature is concerned.
 * @returns undefined for a text that is none, or that is for something else
 */
export function readLink(
  token: string,
  asked: AskedByLink,
  { secret }: Pick<LinksEntry, 'secret'>,
): LinkTerms | undefined {
  const [, end, created] = shape.exec(token) ?? [];
  if (end === undefined || created === undefined) return undefined;
  // The texts are compared: a last character has bits to spare, and two of them would be the same bytes.
  const expected = Buffer.from(signed(`${end}.${created}`, asked, secret));
  const shown = Buffer.from(token);
  if (expected.length !== shown.length || !timingSafeEqual(expected, shown)) return undefined;
  return { createdAt: Number.parseInt(created, 36), expiresAt: Number.parseInt(end, 36) * 1000 };
}

/** The kind comes first: with the same secret, something else that is signed some day is no link. */
function signed(said: string, { id, name, key, about, as }: AskedByLink, secret: string): string {
  const text = JSON.stringify([
    ...['answer', said, id, name, key, about ?? null],
    ...(as === undefined ? [] : [as]),
  ]);
  const signature = createHmac('sha256', Buffer.from(secret, 'base64url')).update(text);
  return `${said}.${signature.digest('base64url')}`;
}
