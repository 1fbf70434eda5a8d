import { sha256 } from '../../base/sha256.ts';
import type { JobError } from '../job/item.ts';

/** What is looked at of a message. Errors of databases and compilers quote whole texts. */
const maxRead = 2_000;
/** What is kept of what a message always says: errors that differ later are the same one. */
const maxCompared = 300;

/**
 * What varies from job to job in a message, and what stands for it, in this order. Each expression takes linear time:
 * no two of its repetitions can match the same text.
 */
const varying: readonly (readonly [RegExp, string | ((found: string) => string)])[] = [
  // Of an address the host stays.
  [/\b([a-z][a-z\d+.-]{1,20}:\/\/[^\s/?#"'`<>]+)[^\s"'`<>]*/gi, '$1'],
  [/"[^"]*(?:"|$)/g, '"…"'],
  [/`[^`]*(?:`|$)/g, '"…"'],
  // An apostrophe is no quotation mark: it stands within a word.
  [/(?<!\w)'[^']*'(?!\w)/g, '"…"'],
  [/[^\s"'`<>(),;]+/g, (word) => (word.includes('@') ? '…@…' : word)],
  [/(?<![\w.:/])[a-z]:\\[^\s"'`<>,;]+/gi, '/…'],
  [/(?<![\w:/])\.{0,2}(?:\/[^\s/"'`<>(),:;]+)+/g, '/…'],
  // A UUID's parts need not have digits.
  [/\b[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}\b/gi, '#'],
  // A number, and whatever has a digit: hex, the id of something, the name of a host.
  [/[\p{L}\p{N}_]+/gu, (word) => (/\p{N}/u.test(word) ? '#' : word)],
  // A time, a list of numbers, a number with a fraction or a sign.
  [/[+-]?#(?:[.,:/+-]#)*/g, '#'],
  [/\s+/g, ' '],
];

/** A message without what varies from job to job. */
export const patternOf = (message: string): string =>
  varying
    .reduce((text, [what, by]) => replaced(text, what, by), message.slice(0, maxRead))
    .trim()
    .slice(0, maxCompared);

const replaced = (text: string, what: RegExp, by: string | ((found: string) => string)): string =>
  typeof by === 'string' ? text.replace(what, by) : text.replace(what, by);

/** The same text for errors that are the same but for what varies in their messages. */
export const errorFingerprint = ({ name, message }: JobError): string =>
  sha256(JSON.stringify([name, patternOf(message)]));
