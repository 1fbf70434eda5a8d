import { usageError } from '../ending.ts';

/** @param name where it was given. @returns the address of an API, without a slash at its end. @throws CommandError */
export function parseAddress(text: string, name: string): string {
  const address = addressIn(text);
  if (address !== undefined) return address;
  throw usageError(`${name} is "${text}". Use the address of the API, such as https://jobs.example.com.`);
}

/** The same, or undefined. */
export function addressIn(text: string): string | undefined {
  const parsed = URL.canParse(text) ? new URL(text) : undefined;
  if (!parsed || !/^https?:$/.test(parsed.protocol) || parsed.search || parsed.hash) return undefined;
  // fetch takes none with a user or a password, and its error shows them.
  if (parsed.username || parsed.password) return undefined;
  return parsed.href.replace(/\/+$/, '');
}

/** Whether a key for one address may be sent to the other. */
export const isSameOrigin = (one: string, other: string): boolean =>
  URL.canParse(one) && URL.canParse(other) && new URL(one).origin === new URL(other).origin;

/** Whether it is this machine itself. */
export const isLoopback = (url: string): boolean =>
  URL.canParse(url) && /^(127\.\d+\.\d+\.\d+|localhost|\[::1\])$/.test(new URL(url).hostname);

/** Whether nobody on the way can read what is sent. */
export const isPrivate = (url: string): boolean => /^https:/.test(url) || isLoopback(url);

/**
 * What is in no header is no key, and an error of fetch would show it.
 * @returns the key, without the line break that a file has behind it; undefined for an empty text
 * @throws CommandError
 */
export function parseKey(text: string, name: string): string | undefined {
  const key = text.trim();
  if (!isKey(key)) throw usageError(`${name} is no API key: it has spaces or other characters.`);
  return key === '' ? undefined : key;
}

export const isKey = (text: string): boolean => /^[\x21-\x7e]*$/.test(text);
