import type { Log } from '../domain/base/ports.ts';

/** Of a stack: whatever else stands there may be a part of the message. */
const frame = /^ {4}at (?:.+ \()?(?:file:|node:|\/)[^\s()]+:\d+:\d+\)?$/;

/** Where an error was thrown, without what it says. */
export const framesOf = (thrown: unknown): readonly string[] =>
  thrown instanceof Error
    ? String(thrown.stack)
        .split('\n')
        .filter((line) => frame.test(line))
        .map((line) => line.trim())
    : [];

/**
 * Ends this process at an error that nothing has caught, before anybody prints the error, as the runtime of Lambda does: a
 * handler may have put a secret into it, and which one is not known any more. The log says where it was thrown. The jobs of
 * the process go on as after every crash.
 */
export function endAtUncaughtErrors(log: Pick<Log, 'error'>): void {
  const end = (thrown: unknown): void => {
    try {
      log.error('an error that nothing has caught ends the process', { at: framesOf(thrown) });
    } finally {
      process.exit(1);
    }
  };
  process.prependListener('uncaughtException', end);
  process.prependListener('unhandledRejection', end);
}

/** The same, in a function that is deployed. Locally a developer is shown the whole error. */
export function endAtUncaughtErrorsOnLambda(log: Pick<Log, 'error'>, environment: NodeJS.ProcessEnv): void {
  if (environment.AWS_LAMBDA_RUNTIME_API !== undefined) endAtUncaughtErrors(log);
}
