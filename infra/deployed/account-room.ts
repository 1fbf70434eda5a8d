import type { StageTemplate } from './stage-template.ts';

/** What Lambda allows an account in a region, as `GetAccountSettings` tells it. */
export interface AccountLimit {
  /** Invocations at a time. */
  readonly ConcurrentExecutions?: number | undefined;
  /** Those of them that no function has reserved. */
  readonly UnreservedConcurrentExecutions?: number | undefined;
}

interface Stage {
  readonly next: StageTemplate;
  /** Absent if the stage was never deployed. */
  readonly deployed?: StageTemplate | undefined;
}

interface Room {
  readonly problem?: string;
  /** Whether the stage fits the account. */
  readonly line: string;
  readonly fits: boolean;
}

/**
 * Lambda demands that so many stay for functions without a reservation (PutFunctionConcurrency). So of a smaller limit
 * nothing can be reserved.
 */
const minUnreserved = 100;

const askForMore = 'Ask for 1,000 (Service Quotas, AWS Lambda, Concurrent executions)';

/** Whether the reservation of a stage can be made, and whether the maxima of its queues leave room for the API. */
export function roomFor({ next, deployed }: Stage, account: AccountLimit): Room {
  const { ConcurrentExecutions: limit = 0, UnreservedConcurrentExecutions: unreserved = limit } = account;
  // What the stage has reserved already is given back before.
  const free = unreserved + (deployed?.reserved ?? 0);
  const left = free - next.reserved;
  const fits = next.maxima < left;
  const has = `Lambda runs ${limit} invocations of this account at a time, ${left} of them without a reservation. The queues of this stage take ${next.maxima} of these at most`;
  const line = fits
    ? `${has}. The rest is for the API, and for what else the account has.`
    : `${has}: while they do, the API answers 503. ${askForMore}, and lower maximumConcurrency, notifyConcurrency and admissionConcurrency until then; 2 is the minimum.${adviceOnWaits(limit, next)}`;
  if (next.reserved <= (deployed?.reserved ?? 0) || left >= minUnreserved) return { line, fits };
  const possible = free - minUnreserved;
  const remedy = possible > 0 ? `Set it to ${possible} at most` : 'Set it to none';
  return {
    fits,
    line,
    problem: `waitReserved is ${next.reserved}: of the ${limit} invocations that the account may have at a time, ${Math.max(0, left)} would be left without a reservation, and Lambda demands ${minUnreserved}. ${remedy}, or ask for more (Service Quotas, AWS Lambda, Concurrent executions).`,
  };
}

/** Where nothing can be reserved for waits, they must not take what submissions need. */
const adviceOnWaits = (limit: number, { variables }: StageTemplate): string =>
  limit > minUnreserved || variables.WAIT_SECONDS === '0'
    ? ''
    : ' Set waitSeconds to 0: each request that waits holds an invocation.';
