import type { JobObject } from '../../author/handler.ts';
import { MissingObjectError } from '../../domain/objects/object-errors.ts';
import type { ObjectStore } from '../../domain/objects/object-ports.ts';
import { isObjectOf } from '../../domain/objects/upload-name.ts';

interface Reading {
  readonly objects: ObjectStore;
  /** Aborted when the handler must not go on. */
  readonly signal: AbortSignal;
}

/**
 * An object as a handler reads it. Whatever a payload names, a job sees its own tenant's objects only: `submit` checks
 * the fields that a contract marks, and no other text. The whole name is checked: `..` behind the tenant would lead to
 * another one's.
 */
export function objectOf(name: string, tenant: string, { objects, signal }: Reading): JobObject {
  const requireOwn = (): void => {
    if (!isObjectOf(name, tenant)) throw new MissingObjectError('there is no such object');
  };
  return {
    name,
    async size() {
      requireOwn();
      return objects.size(name, signal);
    },
    async *stream({ from = 0 } = {}) {
      requireOwn();
      yield* bytesOf(name, from, { objects, signal });
    },
  };
}

/** The bytes of an object that the job may read, from a position on. */
export async function* bytesOf(
  name: string,
  from: number,
  { objects, signal }: Reading,
): AsyncGenerator<Uint8Array> {
  for await (const chunk of objects.read(name, { from, signal })) {
    signal.throwIfAborted();
    yield chunk;
  }
}
