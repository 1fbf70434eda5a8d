import { test } from '@jest/globals';
import { play } from './scenario.ts';
import { scenarios } from './scenarios.ts';

test.each(scenarios)('$name', async (scenario) => {
  try { await play(scenario); } catch (e) { console.log((e as {trace: string[]}).trace?.join('\n')); throw e; }
});
