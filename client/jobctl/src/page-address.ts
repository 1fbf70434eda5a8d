import { CommandError } from './ending.ts';

export interface PageAddress {
  /** As a browser writes it: in ASCII, without spaces. */
  readonly href: string;
  /** Whether it is on the host that was asked: only then it is opened unseen. */
  readonly isOwn: boolean;
}

/**
 * Checks the address of a page before anything is done with it. It comes from the API, and what it names is started.
 * @param text of the page
 * @param url of the API
 * @throws CommandError for what is no web address
 */
export function pageAddress(text: string, url: string): PageAddress {
  const page = URL.canParse(text) ? new URL(text) : undefined;
  if (!page || !/^https?:$/.test(page.protocol) || page.username !== '' || page.password !== '')
    throw new CommandError('unexpected', `${url} names no web address as the page of the job.`);
  return { href: page.href, isOwn: page.origin === new URL(url).origin };
}
