import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { describe, expect, test } from '@jest/globals';
import { freePort } from '../../../../local/machine/free-port.ts';

/** Of 22,000 ports, 2 × 300 chosen at random have one in common in all but one of 3,000 runs. */
const count = 300;
const freePorts = new URL('../../../../local/machine/free-port.ts', import.meta.url).href;
const choose = `
const { freePort } = await import('${freePorts}');
for (let chosen = 0; chosen < ${count}; chosen += 1) console.log(await freePort());
console.error('done');
process.stdin.resume();
`;

describe('free port', () => {
  test('two processes that choose ports at the same time, and listen on them later, choose different ones', async () => {
    const other = spawn(process.execPath, ['--input-type=module', '--eval', choose]);
    const printed = text(other.stdout);
    await once(other.stderr, 'data');
    const own: number[] = [];
    for (let chosen = 0; chosen < count; chosen += 1) own.push(await freePort());
    other.stdin.end();

    const all = [...own, ...(await printed).trim().split('\n').map(Number)];
    expect(all).toHaveLength(2 * count);
    expect(new Set(all).size).toBe(2 * count);
  });
});
