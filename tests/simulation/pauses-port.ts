import type { Pauses } from '../../shared/domain/state/limits/pause.ts';
import type { Instance } from './instance.ts';
import type { World } from './world.ts';

/** The item of the pauses as one instance sees it. */
export const pausesPort = (
  { pauses, net, pauseRule, pauseDoorRule, time }: World,
  instance: Instance,
): Pauses => ({
  async read() {
    const all = await instance.call('table', 'read the pauses', () => pauses.read());
    pauseDoorRule.onRead(instance, all);
    return all;
  },
  put: (name, one) =>
    instance.call('table', 'pause', async () => {
      await pauses.put(name, one);
      pauseRule.onPut(name, time.now);
      net.onPause(one);
    }),
  resume: (name, by, at) =>
    instance.call('table', 'resume', async () => {
      const isResumed = await pauses.resume(name, by, at);
      const one = pauses.pauses.get(name);
      if (one) net.onPause(one);
      if (isResumed) pauseRule.onEnded(time.now);
      return isResumed;
    }),
  remove: (name, one) => instance.call('table', 'forget a pause', () => pauses.remove(name, one)),
});
