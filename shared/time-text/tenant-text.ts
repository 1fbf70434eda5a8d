/*
 * The name of a tenant in a command line, and in what a command prints: as it is, or as JSON has it, in quotes. So a
 * name with lines or control characters can be copied from one command into another, and no terminal obeys it.
 */

/**
 * Neither control characters nor what turns the direction of writing, nor spaces at an end: people could not see these.
 */
const plain = /^(?!")(?! )(?:[^\p{C}\p{Z}]| )+(?<! )$/u;
const hidden = /[\p{C}\p{Z}]/gu;

const escaped = (character: string): string =>
  [...Array(character.length).keys()]
    .map((at) => `\\u${character.charCodeAt(at).toString(16).padStart(4, '0')}`)
    .join('');

/** A name as a person can read it, and type it. */
export const tenantText = (name: string): string =>
  plain.test(name)
    ? name
    : JSON.stringify(name).replace(hidden, (character) => (character === ' ' ? ' ' : escaped(character)));

/** @returns undefined for a text that is no name: one that has to be in quotes, or is badly quoted */
export function readTenant(text: string): string | undefined {
  if (plain.test(text)) return text;
  if (!text.startsWith('"')) return undefined;
  try {
    const name: unknown = JSON.parse(text);
    return typeof name === 'string' ? name : undefined;
  } catch {
    return undefined;
  }
}

/** What a command says of a text that `readTenant` does not take. */
export const tenantHint =
  'is not the name of a tenant. Put one that has control characters, or spaces at its ends, into quotes, as JSON has it: \'"a\\nb"\'';
