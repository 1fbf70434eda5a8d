import type { Written } from './records-port.ts';
import type { World } from './world.ts';

/** What checks a write that has taken effect, by the name of the write. */
export const recordRules: Readonly<Record<string, (written: Written, world: World) => void>> = {
  'group a failure': (written, { errorGroupRule }) => errorGroupRule.onAdded(written),
};
