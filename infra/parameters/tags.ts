import { listOf } from './parameter.ts';

/** A stack has at most 50. The framework adds one, the stage. */
export const maxTags = 49;

const key = /^(?!aws:)[\p{L}\p{N}\p{Z}_.:/+@-]{1,128}$/iu;
const value = /^[\p{L}\p{N}\p{Z}_.:/=+@-]{0,256}$/u;

/** Reads the tags of a stage: a comma list of `KEY=VALUE`. @returns undefined if AWS would refuse one of them */
export function readTags(list: unknown): Readonly<Record<string, string>> | undefined {
  const tags = listOf(list).map((entry) => {
    const at = entry.indexOf('=');
    return [entry.slice(0, Math.max(at, 0)).trim(), entry.slice(at + 1).trim()] as const;
  });
  const isRight = tags.every(([name, text]) => key.test(name) && value.test(text));
  const keys = new Set(tags.map(([name]) => name));
  return isRight && keys.size === tags.length && tags.length <= maxTags
    ? Object.fromEntries(tags)
    : undefined;
}
