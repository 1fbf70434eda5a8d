/** Stands in place of what would have left the process. */
export class FenceError extends Error {
  override readonly name = 'FenceError';
  /** Not one of those that the SDK and others take for a passing fault of the network. */
  readonly code = 'ERR_REPLAY_FENCE';
}

export interface Fence {
  /** The connections that are let through, as `host:port`. */
  readonly allowed: ReadonlySet<string>;
  /** What was refused so far, in order, each once. */
  readonly refused: ReadonlySet<string>;
  /** Takes note of a refusal. @param what was not done, a sentence without a subject: "the connection ... was not made" */
  refuse(what: string): FenceError;
}

/** A fence that nothing has met yet. @param allowed `HOST:PORT` of what is let through */
export function newFence(allowed: readonly string[]): Fence {
  const refused = new Set<string>();
  return {
    allowed: new Set(allowed.map((each) => each.toLowerCase())),
    refused,
    refuse(what) {
      refused.add(what);
      return new FenceError(`replay: ${what}`);
    },
  };
}
