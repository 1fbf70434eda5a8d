import { pausesOf } from '../../shared/domain/state/limits/pauses.ts';
import { batchRules } from './batch-rules.ts';
import type { Instance } from './instance.ts';
import type { Read, Written } from './records-port.ts';
import type { World } from './world.ts';

export type RecordRule = (written: Written, world: World) => void;

/** What checks a write that has taken effect, by the name of the write. */
export const recordRules: Readonly<Record<string, RecordRule>> = {
  ...batchRules,
  'group a failure': (written, { errorGroupRule }) => errorGroupRule.onAdded(written),
  pause: ({ before, after }, { net, pauseRule, time }) => {
    const known = before ?? {};
    for (const [name, one] of pausesOf(after)) {
      if (after?.[name] === known[name]) continue;
      pauseRule.onPut(name, time.now);
      net.onPause(one);
    }
  },
  resume: ({ after }, { net, pauseRule, time }) => {
    for (const one of pausesOf(after).values()) net.onPause(one);
    pauseRule.onEnded(time.now);
  },
};

/** What is told of a read, by the name of the read. */
export const readRules: Readonly<Record<string, (read: Read, instance: Instance, world: World) => void>> = {
  'read the pauses': ({ items: [item] }, instance, { pauseDoorRule }) =>
    pauseDoorRule.onRead(instance, pausesOf(item)),
  'read a rate': ({ ids: [id = ''], items: [item] }, instance, { runningRule }) => {
    if (id.startsWith('rate/runningSecondsPerHour/'))
      runningRule.onLooked(instance, Number(item?.arrivesAt ?? 0));
  },
  'look at places': (_read, _instance, { workPlaces }) => {
    workPlaces.isUsed = true;
  },
};
