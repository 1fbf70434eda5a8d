import { textsOf } from '../../author/secret-values.ts';
import { asError } from '../../domain/base/errors.ts';
import type { Log } from '../../domain/base/ports.ts';

/** Of a stack, after its message: whatever else stands there may be a part of the message. */
const frames = /^ +at .*\/\S+:\d+\)?$/gm;

/**
 * Ends this process at an error that nothing has caught, before anybody prints the error, as the runtime of Lambda
 * does: a handler may have put a secret into it, and which one is not known any more. The log says where it was thrown.
 * The jobs of the process go on as after every crash.
 */
export function endAtUncaughtErrors(log: Pick<Log, 'error'>): void {
  const end = (thrown: unknown): void => {
    const { message, stack } = textsOf(asError(thrown));
    // A message may have lines like those of a stack, and one that was changed since is not in the stack.
    const at = message === '' ? -1 : stack.indexOf(message);
    log.error('uncaught error', { at: at < 0 ? null : stack.slice(at + message.length).match(frames) });
    process.exit(1);
  };
  process.prependListener('uncaughtException', end).prependListener('unhandledRejection', end);
}
