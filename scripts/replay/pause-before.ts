import type { AnyHandler } from '../../shared/author/handler.ts';

/** A handler that a debugger pauses right before its first call. Step into it from there. */
export function pausingBefore(handler: AnyHandler): AnyHandler {
  let isFirst = true;
  return (payload, job) => {
    if (!isFirst) return handler(payload, job);
    isFirst = false;
    // biome-ignore lint/suspicious/noDebugger: it is what this is for
    debugger;
    return handler(payload, job); // step into the handler
  };
}
