import { availableParallelism } from 'node:os';
import { afterEach, describe, expect, test } from '@jest/globals';
import { CommanderError } from 'commander';
import { parseServerOptions } from '../../../server/options.ts';

const parse = (...words: readonly string[]) => parseServerOptions(['node', 'main.ts', ...words]);
const names = ['QUEUES', 'CONCURRENCY', 'DRAIN_SECONDS', 'STAGE', 'HEALTH_PORT'];
afterEach(() => {
  for (const name of names) delete process.env[name];
});

describe('the options of a server', () => {
  test('have defaults for one machine', () => {
    expect(parse()).toEqual({ queues: ['server'], concurrency: availableParallelism(), drainSeconds: 100 });
  });

  test('come from the command line', () => {
    const line = '--queues long,server,long --concurrency 7 --drain-seconds 0 --stage dev --health-port 8080';
    expect(parse(...line.split(' '))).toEqual({
      queues: ['long', 'server'],
      concurrency: 7,
      drainSeconds: 0,
      stage: 'dev',
      healthPort: 8080,
    });
  });

  test('come from the environment, unless the command line says otherwise', () => {
    Object.assign(process.env, {
      QUEUES: 'standard',
      CONCURRENCY: '3',
      DRAIN_SECONDS: '5',
      HEALTH_PORT: '80',
    });
    expect(parse('--concurrency', '4')).toEqual({
      queues: ['standard'],
      concurrency: 4,
      drainSeconds: 5,
      healthPort: 80,
    });
  });

  test('have no stage where the variable is empty', () => {
    process.env.STAGE = '';
    expect(parse().stage).toBeUndefined();
  });

  test.each([
    ['a queue that is none', ['--queues', 'waiting']],
    ['no queue', ['--queues', '']],
    ['no job at a time', ['--concurrency', '0']],
    ['a fraction', ['--concurrency', '1.5']],
    ['a port that is none', ['--health-port', '70000']],
    ['an option that is none', ['--region', 'eu-central-1']],
    ['a word too many', ['server']],
  ])('are refused with %s', (_what, words) => {
    expect(() => parse(...words)).toThrow(CommanderError);
  });
});
