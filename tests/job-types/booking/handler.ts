import type { JobHandler } from '../../../shared/author/index.ts';
import type { booking as contract } from './contract.ts';

/** Each answer is made once: a later slice has the same one. Who waits for approval shows the link to it. */
export const booking: JobHandler<typeof contract> = async (payload, job) => {
  const { seats, waitSeconds, approveWithin, asks } = payload;
  const keys = Array.from({ length: seats }, (_, seat) => `seat ${seat}`);
  const held = await Promise.all(keys.map((key) => job.step(key, () => job.uuid())));
  await job.waitFor('time to pay', { until: waitSeconds });
  if (approveWithin !== undefined) {
    const { signal = 'approve', question, about } = asks ?? {};
    job.progress(50, await job.step('link', () => job.signalLink(signal, { within: approveWithin, about })));
    const answer = await job.waitForSignal(signal, { within: approveWithin, question });
    return { seats: held, charge: ('note' in answer && answer.note) || null };
  }
  return { seats: held, charge: await job.step('charge', () => job.uuid(), { retries: 2 }) };
};
