import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { measured } from '../../scripts/cost/measured.ts';
import { priceOf } from '../../scripts/cost/price-list.ts';
import { stageQueues } from '../../shared/domain/base/queue-figures.ts';
import { lookParts } from '../../shared/domain/notify/endpoint.ts';
import { dueShards } from '../../shared/domain/state/list-keys.ts';
import { nothingSeen } from '../../shared/domain/watch/memory.ts';
import { troubles } from '../../shared/watch/troubles.ts';
import { root } from '../project-copy.ts';
import { alarm, eventSource, queue } from './kinds.ts';
import type { Package } from './packaged.ts';

const numbers = ['no', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine', 'ten'];

/** Of a million requests to a queue. */
const priceOfQueue = ({ FifoQueue }: { readonly FifoQueue?: boolean | undefined }): number =>
  priceOf('us-east-1', FifoQueue ? 'fifoRequest' : 'request').usd;

/** A poller receives every 20 s, in 30 days. */
const receivesOfPoller = (30 * 24 * 3600) / 20;
const dollars = (amount: number, digits: number): string => `$${amount.toFixed(digits)}`;

/** What docs/cost.md says of a stage while nothing happens. */
export function describeCost({ template, functions, stage }: Package): void {
  const page = readFileSync(join(root, 'docs/cost.md'), 'utf8');

  test('has a line for each mapping, with its pollers and what they cost, and the sum', () => {
    const mappings = [...template.all(eventSource).values()].map((each) => {
      const itsQueue = template.one(each.EventSourceArn, queue);
      const pollers = each.ScalingConfig === undefined ? 2 : 5;
      const requests = pollers * receivesOfPoller;
      const price = priceOfQueue(itsQueue);
      const by = functions.find(({ id }) => id === each.FunctionName)?.name;
      const name = itsQueue.QueueName.replace(`job-worker-${stage}-`, '');
      return { name, by, pollers, requests, price, cost: (requests / 1e6) * price };
    });
    for (const { name, by, pollers, requests, price, cost } of mappings)
      expect(page).toContain(
        `| \`${name}\` -> \`${by}\` | ${pollers} | ${requests.toLocaleString('en')} | ${dollars(price, 2)} | ${dollars(cost, 4)} |`,
      );
    const sum = mappings.reduce(
      (all, { requests, cost }) => ({ requests: all.requests + requests, cost: all.cost + cost }),
      { requests: 0, cost: 0 },
    );
    expect(page).toContain(
      `| **${numbers[mappings.length]} mappings** | | **${sum.requests.toLocaleString('en')}** | | **${dollars(sum.cost, 2)}** |`,
    );
    expect(page.match(/^\| `[\w.-]+` -> `\w+` \|/gm)).toHaveLength(mappings.length);
  });

  test('has the number of the alarms, each on one metric, and what they cost', () => {
    const count = template.all(alarm).size;
    expect(page).toContain(`**${numbers[count]} alarms** cost ${dollars(count / 10, 2)} a month`);
  });

  test('has what the check costs of a stage that is idle, and the sum, which is under $3.10', () => {
    const now = Date.UTC(2026, 0, 2);
    const queues = stageQueues.map((name) => ({ name, visible: 0, inFlight: 0, delayed: 0 }));
    const pauses = new Map();
    const idle = { now, memory: nothingSeen, queues, pauses, hasMetrics: true, hasIssuer: true };
    const asked = (isSweep: boolean) =>
      new Set(
        troubles.flatMap(({ asks }) => asks({ ...idle, isSweep }).map((query) => JSON.stringify(query))),
      );
    // At any other time CloudWatch is not asked.
    expect([...asked(false)]).toEqual([]);
    const counts = [...template.all(queue).values()].map(priceOfQueue);
    const costs = {
      counts: (checksOfMonth * counts.reduce((sum, price) => sum + price, 0)) / 1e6,
      reads: (sweepsOfMonth * asked(true).size * priceOf('us-east-1', 'askedMetric').usd) / 1000,
    };
    expect(page).toContain(
      `| ${(checksOfMonth * counts.length).toLocaleString('en')} counts of queues | ${dollars(costs.counts, 3)} |`,
    );
    expect(page).toContain(
      `| ${(sweepsOfMonth * asked(true).size).toLocaleString('en')} metrics that it reads | ${dollars(costs.reads, 3)} |`,
    );
    const queries = checksOfMonth * (dueShards + lookParts);
    const looks = (queries * 0.5 * priceOf('us-east-1', 'readUnit').usd) / 1e6;
    expect(page).toContain(
      `makes ${queries.toLocaleString('en')} queries of half a read unit a month (${dollars(looks, 3)})`,
    );
    const alarms = template.all(alarm).size / 10;
    const sum = sumOfMappings(template) + alarms + costs.counts + costs.reads + looks + otherCosts;
    expect(page).toContain(`**${dollars(sum, 2)}** a month`);
    expect(dollars(sum, 2)).toBe(dollars(measured.idleMonth, 2));
    // It was 2.5 until the queues of notifications, of jobs that wait and of dead letters got a maximum, each with three pollers more.
    expect(sum).toBeLessThan(3.1);
  });

  test('counts with the memory that the functions have', () => {
    const memory = (name: string) => functions.find((one) => one.name === name)?.properties.MemorySize;
    for (const [name, megabytes] of Object.entries(measured.memory)) expect(memory(name)).toBe(megabytes);
  });
}

const checksOfMonth = 30 * 24 * 12;
const sweepsOfMonth = 30 * 24;
/** Lambda, for both functions, reads of the table, and lines of the log: the page has the numbers. */
const otherCosts = 0.022;

const sumOfMappings = (template: Package['template']): number =>
  [...template.all(eventSource).values()].reduce((sum, each) => {
    const pollers = each.ScalingConfig === undefined ? 2 : 5;
    const price = priceOfQueue(template.one(each.EventSourceArn, queue));
    return sum + (pollers * receivesOfPoller * price) / 1e6;
  }, 0);
