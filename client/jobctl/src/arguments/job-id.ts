import { usageError } from '../ending.ts';
import { isLoopback } from './parse-address.ts';

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** @param text a job's id, its status URL, or the address of its page. @throws CommandError */
export function parseJobId(text: string, { url }: { readonly url: string }): string {
  const id = (idInAddress(text, url) ?? text).toLowerCase();
  if (uuid.test(id)) return id;
  // What is behind the ? of a page's address lets everybody look at the job.
  const [shown] = text.split('?');
  throw usageError(
    `"${shown}" is neither a job's id nor the address of a job at ${url}. \`jobctl list\` shows ids.`,
  );
}

/** What stands in the place of an id. Nothing else of the address is used. */
function idInAddress(text: string, url: string): string | undefined {
  if (!URL.canParse(text) || !isSameSystem(new URL(text), new URL(url))) return undefined;
  const base = new URL(url).pathname.replace(/\/+$/, '');
  const { pathname } = new URL(text);
  const prefix = [`${base}/jobs/`, `${base}/ui/jobs/`].find((each) => pathname.startsWith(each));
  return prefix === undefined ? undefined : pathname.slice(prefix.length);
}

/** This machine has several names. */
const isSameSystem = (one: URL, other: URL): boolean =>
  one.origin === other.origin ||
  (isLoopback(one.href) &&
    isLoopback(other.href) &&
    one.protocol === other.protocol &&
    one.port === other.port);
