import { createInterface } from 'node:readline/promises';
import type { Session } from './session.ts';

/** Asks a person. Only `y` and `yes` are a yes, and Ctrl-D is a no. @throws the signal's reason after Ctrl-C */
export async function confirm(question: string, session: Session): Promise<boolean> {
  const { stdin, stderr, signal, interrupt } = session;
  const lines = createInterface({ input: stdin, output: stderr });
  const closed = new AbortController();
  // On a terminal, readline takes Ctrl-C itself.
  lines.on('SIGINT', interrupt);
  lines.on('close', () => closed.abort());
  try {
    const answer = await lines.question(`${question} [y/N] `, {
      signal: AbortSignal.any([signal, closed.signal]),
    });
    return /^y(es)?$/i.test(answer.trim());
  } catch (error) {
    signal.throwIfAborted();
    if (closed.signal.aborted) return false;
    throw error;
  } finally {
    lines.close();
  }
}
