import { $ZodObjectJIT } from 'zod/v4/core';
import { historyEntry, jobItem, jobProgress } from '../../shared/domain/state/job/item.ts';
import { jobMessage } from '../../shared/domain/state/job/message.ts';

/** Makes a process fast that does nothing but play. */
export function prepareProcess(): void {
  // Many runs end with an error, and nobody reads its stack.
  Error.stackTraceLimit = 0;
  // Powertools asks the environment several times a message. Of the real one, each answer is made by the operating system.
  process.env = { ...process.env };
  compileSchemas();
}

/**
 * Lets zod compile the schemas of items and messages, as its full edition does by itself: `zod/mini` interprets them, and
 * here they read tens of millions of times. They accept, return and refuse the same.
 */
function compileSchemas(): void {
  for (const { _zod } of [jobItem, jobMessage, jobMessage.shape.options, historyEntry, jobProgress]) {
    if (_zod.run !== _zod.parse) throw new Error('a schema with checks of its own is not compiled');
    const { parse } = new $ZodObjectJIT(_zod.def)._zod;
    _zod.parse = parse;
    _zod.run = parse;
  }
}
