import { asError, type UnreadableMessageError } from '../base/errors.ts';
import type { Clock, Log, Random } from '../base/ports.ts';
import { tenantKeyOf } from '../base/tenant-key.ts';
import { withinTime } from '../base/within-time.ts';
import { MissingObjectError, ObjectsUnavailableError } from '../objects/object-errors.ts';
import type { NewObject, ObjectStore } from '../objects/object-ports.ts';
import type { JobItem } from './job/item.ts';
import { maxMessageInItem } from './job/item-budget.ts';
import { type JobMessage, readMessage, writeMessage } from './job/message.ts';
import { isTerminal, transitions } from './job/transitions.ts';
import type { JobStore, MessageKeepingStore } from './ports.ts';
import { readStoredText, textInObject } from './stored/stored-text.ts';
import type { JobWrite } from './writes/job-write.ts';
import type { KeptFromStart } from './writes/message-writes.ts';

/**
 * No job sleeps longer. The bucket keeps a waiting job's message for so long, and for as long as a finished job is
 * kept.
 */
const maxWaitMs = 366 * 24 * 3600 * 1000;

/** A worker keeps back ten seconds for storing how an attempt ended. */
const maxPutMs = 3_000;
const noAnswer = () => new ObjectsUnavailableError(`the bucket did not answer within ${maxPutMs / 1000} s`);

/** A stage that keeps each message from its submission on. @throws ObjectsUnavailableError */
export type KeepPayload = (message: JobMessage) => Promise<KeptFromStart>;

/**
 * A large message is put into an object, before the job exists. If the submission is refused after that, nothing refers
 * to it.
 */
export const keepEachPayload =
  ({ objects, clock, random }: Pick<KeepDependencies, 'clock' | 'random'> & PutDependencies): KeepPayload =>
  async (message) => {
    const text = writeMessage(message);
    if (Buffer.byteLength(text) <= maxMessageInItem) return { keptMessage: text };
    const { tenant, id, run } = message;
    const name = `${prefixOf('waiting', { tenant, id, run })}${clock.now()}-${random.uuid()}`;
    const put = () => objects.put({ name, body: text, contentType: 'application/json' });
    await withinTime(put, { milliseconds: maxPutMs, tooLate: noAnswer }, clock);
    return { messageObject: name };
  };

interface PutDependencies {
  readonly objects: Pick<ObjectStore, 'put'>;
}

export interface KeepDependencies {
  readonly objects: Pick<ObjectStore, 'put' | 'delete'>;
  readonly clock: Clock;
  readonly random: Pick<Random, 'uuid'>;
  readonly log: Pick<Log, 'warn'>;
}

/**
 * A table whose items keep large messages in objects. The object is written before the item that refers to it, under a
 * name that nobody else has, and it is deleted after the write that replaces it. What is left by a crash in between, or
 * by a refused write, is deleted by the bucket's lifecycle rules: a delayed request may still make the item refer to
 * it.
 */
export function keepMessagesInObjects(store: JobStore, deps: KeepDependencies): MessageKeepingStore {
  return {
    keepsMessages: true,
    read: (id) => store.read(id),
    async write(write) {
      const { message = '' } = write.set;
      const made = Buffer.byteLength(message) > maxMessageInItem ? await kept(write, message) : write;
      const item = await store.write(made);
      if (item) await Promise.all((made.obsolete ?? []).map((name) => remove(name, item)));
      return item;
    },
  };

  /** The write, with the name of an object in place of the message. */
  async function kept(write: JobWrite, text: string): Promise<JobWrite> {
    const before = await store.read(write.id);
    const name = await nameOfObject(write, text, before);
    if (name === undefined) return write;
    const replaced = before?.messageObject === name ? undefined : before?.messageObject;
    return {
      ...write,
      set: { ...write.set, message: textInObject(name), messageObject: name },
      obsolete: [...(write.obsolete ?? []), ...(replaced === undefined ? [] : [replaced])],
    };
  }

  /** @returns nothing if the bucket is out of reach. Then the item has the message: that must not hold up the job */
  async function nameOfObject(
    write: JobWrite,
    text: string,
    before: JobItem | undefined,
  ): Promise<string | undefined> {
    const message = readMessage(text);
    if (message instanceof Error) throw message;
    const prefix = prefixOf(kindOf(write), message);
    if (lastsLongEnough(before?.messageObject, prefix, write)) return before?.messageObject;
    const name = `${prefix}${deps.clock.now()}-${deps.random.uuid()}`;
    try {
      await put({ name, body: text, contentType: 'application/json' });
      return name;
    } catch (error) {
      if (!(error instanceof ObjectsUnavailableError)) throw error;
      deps.log.warn('message kept in the item', { error, jobId: write.id });
      return undefined;
    }
  }

  /** If it comes too late, the object is one that nothing refers to. */
  function put(object: NewObject): Promise<void> {
    const limit = { milliseconds: maxPutMs, tooLate: noAnswer };
    return withinTime(() => deps.objects.put(object), limit, deps.clock);
  }

  async function remove(object: string, { id }: JobItem): Promise<void> {
    try {
      await deps.objects.delete(object);
    } catch (thrown) {
      deps.log.warn('object not deleted', { error: asError(thrown), object, jobId: id });
    }
  }
}

/** The messages of jobs that have ended, and of those that wait, are kept for different times. */
function kindOf({ transition }: JobWrite): 'ended' | 'waiting' {
  const { to } = transitions[transition];
  return to !== 'same' && isTerminal(to) ? 'ended' : 'waiting';
}

function prefixOf(
  kind: 'ended' | 'waiting',
  { tenant, id, run }: Pick<JobMessage, 'tenant' | 'id' | 'run'>,
): string {
  return `messages/${kind}/${tenantKeyOf(tenant)}/${id}/${run}/`;
}

/**
 * Whether a job that sleeps has its message in an object already: that of the same run, if the bucket keeps it until
 * the end of this sleep. A job that looks at something every minute does not write its message every minute.
 */
function lastsLongEnough(name: string | undefined, prefix: string, { transition, set }: JobWrite): boolean {
  const isSleep = transition === 'sleep' || transition === 'awaitSignal';
  if (!isSleep || !name?.startsWith(prefix)) return false;
  const writtenAt = Number.parseInt(name.slice(prefix.length), 10);
  return (set.notBefore ?? 0) <= writtenAt + maxWaitMs;
}

/**
 * Reads the message that an item keeps.
 * @param kept the item's `message`
 * @returns the message, or an error if the text is not a job's message
 * @throws MissingObjectError if its object is gone; ObjectsUnavailableError; NewerVersionError
 */
export async function readStoredCopy(
  kept: string,
  objects: Pick<ObjectStore, 'read'>,
): Promise<JobMessage | UnreadableMessageError> {
  return readMessage(await readStoredText(kept, objects));
}

/** For `catch`: the object is gone if the job has gone on since its item was read, or waits for more than a year. */
export function orMissing(error: unknown): MissingObjectError {
  if (error instanceof MissingObjectError) return error;
  throw error;
}
