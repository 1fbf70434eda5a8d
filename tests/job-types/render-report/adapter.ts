import * as z from 'zod/mini';
import { PermanentError, ServiceBusyError } from '../../../shared/author/index.ts';
import type { Reports } from './handler.ts';

const report = z.object({ id: z.string(), state: z.string(), url: z.optional(z.string()) });

/** @throws ServiceBusyError: later; PermanentError: never */
async function call(url: string, init: RequestInit): Promise<unknown> {
  const response = await fetch(url, init);
  if (response.status === 429 || response.status >= 500) throw new ServiceBusyError(`${response.status}`);
  if (!response.ok) throw new PermanentError(`the report service has answered with ${response.status}`);
  return response.json();
}

export const reportsAt = (address: string): Reports => ({
  find: async ({ token, signal }) => {
    const found = await call(`${address}?reference=${token}`, { signal });
    return z.array(report).parse(found)[0]?.id;
  },
  start: async ({ payload, token, signal }) => {
    const body = JSON.stringify({ month: payload.month, reference: token });
    return report.parse(await call(address, { method: 'POST', body, signal })).id;
  },
  poll: async ({ remoteId, signal }) => {
    const { state, url } = report.parse(await call(`${address}/${remoteId}`, { signal }));
    if (state === 'done' && url !== undefined) return { kind: 'succeeded', result: { url } };
    return state === 'rendering' ? { kind: 'running' } : { kind: 'failed', error: state };
  },
  cancel: async ({ remoteId, signal }) => {
    await call(`${address}/${remoteId}`, { method: 'DELETE', signal });
  },
});
