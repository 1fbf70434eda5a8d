import type { OwnQueue } from '../../shared/author/contract.ts';
import { UsageError } from '../usage-error.ts';

/** A job type that is to be written: its name on the wire, and the name of its contract and its handler. */
export interface NewType {
  readonly name: string;
  readonly identifier: string;
  readonly queue: OwnQueue;
}

const maxLength = 50;

/** JavaScript allows no variable of these names in a module, or biome does not. */
const reservedWords = new Set(
  `arguments await break case catch class const continue debugger default delete do else enum escape eval export extends
  false finally for function globalThis if implements import in instanceof interface isFinite isNaN let new null package
  parseFloat parseInt private protected public return static super switch this throw true try typeof undefined unescape
  var void while with yield`.split(/\s+/),
);

/** What the written files, and the catalogs, call other things. `constructor` is in every object. */
const takenWords = new Set(['z', 'contract', 'defineJob', 'maxTimeoutSeconds', 'jobActions', 'constructor']);

/** No type's folder, but where types have the code that they share. */
const sharedFolder = 'shared';

export const identifierOf = (name: string): string =>
  name.replace(/-([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());

/** @throws UsageError if no job type can have this name */
export function checkTypeName(name: string | undefined): {
  readonly name: string;
  readonly identifier: string;
} {
  if (name === undefined)
    throw new UsageError('The name of the job type is missing: npm run new -- word-count');
  if (!/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(name))
    throw new UsageError(
      `"${name}" is not the name of a job type: lower-case letters, digits and single hyphens, such as word-count`,
    );
  if (name.length > maxLength)
    throw new UsageError(`"${name}" is too long: the name of a job type has at most ${maxLength} characters`);
  if (name === sharedFolder)
    throw new UsageError(
      `"${name}" cannot be the name of a job type: job-types/${name}/ is for code that several types use.`,
    );
  const identifier = identifierOf(name);
  if (reservedWords.has(identifier) || takenWords.has(identifier))
    throw new UsageError(
      `"${name}" cannot be the name of a job type: the code would need a variable "${identifier}". Take two words.`,
    );
  return { name, identifier };
}
