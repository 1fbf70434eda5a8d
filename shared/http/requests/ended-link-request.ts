import * as z from 'zod/mini';
import type { AskedByLink } from '../../domain/access/signal-link.ts';

/** The body of `POST /ended-links`. The link is a credential: in a path or a query it would be logged. */
export const endedLink = z.strictObject({
  url: z.string().check(z.maxLength(8_192, 'may have 8192 characters at most')),
});

/** A link as its address has it. Nobody has checked it. */
export type SignedLink =
  /** To the page of a job. */
  | { readonly kind: 'page'; readonly id: string; readonly text: string }
  /** To the form for an answer. */
  | { readonly kind: 'answer'; readonly id: string; readonly text: string; readonly asked: AskedByLink };

const place = /\/ui\/jobs\/([^/]+)(?:\/signals\/([^/]+))?/;

/** Finds the link in an address of a page. @returns undefined if there is none */
export function signedLinkIn(address: string): SignedLink | undefined {
  if (!URL.canParse(address)) return undefined;
  const { pathname, searchParams } = new URL(address);
  const [, id, signal] = place.exec(pathname) ?? [];
  if (id === undefined) return undefined;
  const grant = searchParams.get('grant');
  if (grant !== null) return { kind: 'page', id, text: grant };
  const [text, name] = [searchParams.get('link'), signal === undefined ? undefined : decoded(signal)];
  if (text === null || name === undefined) return undefined;
  const key = searchParams.get('key') ?? name;
  const [about, as] = ['about', 'as'].map((each) => searchParams.get(each) ?? undefined);
  return { kind: 'answer', id, text, asked: { id, name, key, about, as } };
}

function decoded(part: string): string | undefined {
  try {
    return decodeURIComponent(part);
  } catch {
    return undefined;
  }
}
