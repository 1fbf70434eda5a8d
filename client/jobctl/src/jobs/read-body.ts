import { CommandError } from '../ending.ts';

/**
 * The bytes of an answer, as they come.
 * @throws CommandError for a body that was cut; the signal's reason as soon as it is aborted: once fetch has answered,
 * its own signal may reach the body no more
 */
export async function* readBody(
  { body }: Response,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array, void, undefined> {
  const reader = body?.getReader();
  if (!reader) return;
  const cancel = (): void => void reader.cancel(signal.reason).catch(() => undefined);
  signal.addEventListener('abort', cancel, { once: true });
  try {
    if (signal.aborted) cancel();
    for (let part = await reader.read(); !part.done; part = await reader.read()) yield part.value;
    signal.throwIfAborted();
  } catch (cause) {
    signal.throwIfAborted();
    throw new CommandError('unreachable', 'The result did not arrive whole. Repeat the command.', { cause });
  } finally {
    signal.removeEventListener('abort', cancel);
  }
}
