import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { measured } from '../../scripts/cost/measured.ts';
import { idleMonth } from '../../scripts/cost/month.ts';
import { priceOf } from '../../scripts/cost/price-list.ts';
import { projectDir } from '../project-copy.ts';
import { metricsAsked } from './counted-bill.ts';
import { alarm, eventSource, queue } from './kinds.ts';
import type { Package } from './packaged.ts';

const low = ['no', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine', 'ten'];
const numbers = [...low, 'eleven', 'twelve', 'thirteen'];

/** Of a million requests to a queue. */
const priceOfQueue = ({ FifoQueue }: { readonly FifoQueue?: boolean | undefined }): number =>
  priceOf('us-east-1', FifoQueue ? 'fifoRequest' : 'request').usd;

/** A poller receives every 20 s, in 30 days. */
const receivesOfPoller = (30 * 24 * 3600) / 20;
const dollars = (amount: number, digits: number): string => `$${amount.toFixed(digits)}`;

/** What docs/cost.md says of a stage while nothing happens. */
export function describeCost({ template, functions }: Package): void {
  const page = readFileSync(join(projectDir, 'docs/cost.md'), 'utf8');

  test('has a line for the mappings of each kind of queue, with their pollers and what they cost, and the sum', () => {
    const mappings = [...template.all(eventSource).values()].map((each) => {
      const itsQueue = template.one(each.EventSourceArn, queue);
      const pollers = each.ScalingConfig === undefined ? 2 : 5;
      const requests = pollers * receivesOfPoller;
      const price = priceOfQueue(itsQueue);
      const line = `${pollers} | ${requests.toLocaleString('en')} | ${dollars(price, 2)} | ${dollars((requests / 1e6) * price, 4)} |`;
      return { line, requests, cost: (requests / 1e6) * price };
    });
    const lines = Object.entries(Object.groupBy(mappings, ({ line }) => line)).map(
      ([line, its = []]) => `${its.length} | ${line}`,
    );
    const shown = [...page.matchAll(/^\| (?:standard|FIFO) queues[^|]*\| (.*)$/gm)].map(([, line]) => line);
    expect(shown.sort()).toEqual(lines.sort());
    const sum = mappings.reduce(
      (all, { requests, cost }) => ({ requests: all.requests + requests, cost: all.cost + cost }),
      { requests: 0, cost: 0 },
    );
    expect(page).toContain(
      `| **${mappings.length}** | | **${sum.requests.toLocaleString('en')}** | | **${dollars(sum.cost, 2)}** |`,
    );
  });

  test('has the number of the alarms, each on one metric, and what they cost', () => {
    const count = template.all(alarm).size;
    expect(page).toContain(`**${numbers[count]} alarms** cost ${dollars(count / 10, 2)} a month`);
  });

  test('has what the check costs of a stage that is idle', () => {
    // At any other time CloudWatch is not asked.
    expect(metricsAsked({ isSweep: false, isSeen: false })).toBe(0);
    const readUnit = priceOf('us-east-1', 'readUnit');
    const askedMetric = priceOf('us-east-1', 'askedMetric');
    const counts = [...template.all(queue).values()].map(priceOfQueue);
    const costs = {
      counts: (checksOfMonth * counts.reduce((sum, price) => sum + price, 0)) / 1e6,
      reads: (measured.idle.askedMetrics * askedMetric.usd) / askedMetric.per,
      looks: (checksOfMonth * measured.idle.overdue.readUnits * readUnit.usd) / readUnit.per,
    };
    expect(page).toContain(
      `| ${(checksOfMonth * counts.length).toLocaleString('en')} counts of queues | ${dollars(costs.counts, 3)} |`,
    );
    expect(page).toContain(
      `| ${measured.idle.askedMetrics.toLocaleString('en')} metrics that it reads | ${dollars(costs.reads, 3)} |`,
    );
    expect(page).toContain(
      `reads ${(checksOfMonth * measured.idle.overdue.readUnits).toLocaleString('en')} units a month (${dollars(costs.looks, 3)})`,
    );
  });

  test('counts what a stage has that is idle, and says the sum, which is under $4.40', () => {
    const ofKind = (isFifo: boolean): number =>
      [...template.all(queue).values()].filter(({ FifoQueue }) => FifoQueue === isFifo).length *
        checksOfMonth +
      [...template.all(eventSource).values()]
        .filter(({ EventSourceArn }) => template.one(EventSourceArn, queue).FifoQueue === isFifo)
        .reduce(
          (sum, { ScalingConfig }) => sum + (ScalingConfig === undefined ? 2 : 5) * receivesOfPoller,
          0,
        );
    expect(measured.idle).toMatchObject({
      ...{ requests: ofKind(false), fifoRequests: ofKind(true), alarms: template.all(alarm).size },
      askedMetrics: sweepsOfMonth * metricsAsked({ isSweep: true, isSeen: false }),
      invocations: checksOfMonth,
    });
    const sum = idleMonth('us-east-1');
    expect(page).toContain(`**${dollars(sum, 2)}** a month`);
    // It was 2.5 until the queues of notifications, of jobs that wait and of dead letters got a maximum, each with three pollers
    // more, 3.01 until the seventh alarm, 3.11 until the reads of `overdue` were counted, and 3.13 until notifications that may be slow got
    // a queue with five pollers, and 3.39 until a stage got four ordered queues, so that tenants do not wait for each other's groups.
    expect(sum).toBeLessThan(4.4);
  });

  test('has what a check reads of a queue that is busy, and what that costs', () => {
    const busy = metricsAsked({ isSweep: false, isSeen: true });
    const oncePerHour = metricsAsked({ isSweep: true, isSeen: true });
    const more = oncePerHour - metricsAsked({ isSweep: true, isSeen: false });
    expect(measured.askedOfBusyQueue).toEqual({ check: busy, moreOncePerHour: more });
    const asked = (checksOfMonth - sweepsOfMonth) * busy + sweepsOfMonth * more;
    const { usd, per } = priceOf('us-east-1', 'askedMetric');
    expect(page).toContain(`reads ${busy} metrics in each check, and once an hour ${more} more`);
    expect(page).toContain(
      `${dollars((asked * usd) / per, 2)} a month for a queue that is busy all the time`,
    );
  });

  test('counts with the memory that the functions have', () => {
    const memory = (name: string) => functions.find((one) => one.name === name)?.properties.MemorySize;
    for (const [name, megabytes] of Object.entries(measured.memory)) expect(memory(name)).toBe(megabytes);
  });
}

const checksOfMonth = 30 * 24 * 12;
const sweepsOfMonth = 30 * 24;
