import { routed } from '../api-gateway.ts';
import type { System } from './system.ts';

interface Room {
  /** The concurrent executions of the account. */
  readonly account: number;
  /** What is reserved, by function. */
  readonly reserved?: Readonly<Record<string, number>>;
}

/**
 * A system behind Lambda's limits: a call that finds no room is refused, and the HTTP API answers it with 503. A function with
 * a reservation has that for itself, and no more; all others share the rest.
 */
export function withRoom({ call }: Pick<System, 'call'>, { account, reserved = {} }: Room) {
  const running = new Map<string, number>();
  const unreserved = Object.values(reserved).reduce((left, each) => left - each, account);
  const limited: System['call'] = async (method, path, more = {}) => {
    const { functionName } = routed({ method, path, ...more });
    const own = reserved[functionName];
    const pool = own === undefined ? 'all others' : functionName;
    const before = running.get(pool) ?? 0;
    if (before >= (own ?? unreserved))
      return { status: 503, headers: {}, body: '{"message":"Service Unavailable"}', cookies: [] };
    running.set(pool, before + 1);
    try {
      return await call(method, path, more);
    } finally {
      running.set(pool, (running.get(pool) ?? 0) - 1);
    }
  };
  return { call: limited };
}
