import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from '@jest/globals';
import { maxOrderedMessages } from '../../../shared/domain/base/queue-figures.ts';
import { recordFigures } from '../figures.js';
import { expectRows } from './expect-rows.ts';
import { type GroupFigures, groupFigures, rowOfGroups } from './group-rows.ts';
import { lookedAt } from './ordered-queue.ts';

const isFull = process.env.SIMULATION === 'full';
const count = isFull ? 1_000_000 : 200_000;
const fileOf = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const { stdout } = await promisify(execFile)(process.execPath, [fileOf('million-groups.ts'), String(count)]);
const loads = groupFigures.parse(JSON.parse(stdout));
recordFigures(`${count} jobs of groups`, stdout);

/** The others submit so many. */
const jobsOfOther = 360;

function called(name: string): GroupFigures {
  const load = loads.find((each) => each.name === name);
  if (!load) throw new TypeError(`no load is called ${name}`);
  return load;
}
const fast = 'one group, 300 a second';
const many = '1,000 groups within a minute';

test('beside a long group, every job of a group of others is accepted, and starts as soon as it does alone', () => {
  const { most, ofA, ofB } = called(fast);
  expect(most).toBeGreaterThan(maxOrderedMessages);
  expect(most).toBeLessThan(lookedAt);
  expect(ofA.refusedByDoor).toBeGreaterThan(ofA.accepted);
  expect(ofA.unavailable).toBe(0);
  expect(ofB).toMatchObject({ accepted: jobsOfOther, max: 0 });
});

test('without bounds, groups of others wait for nearly all of a long group: the model can tell', () => {
  const { most, ofB } = called(`${fast}, without bounds`);
  expect(most).toBeGreaterThan(0.99 * count);
  // A's jobs take a second each, one after the other.
  expect(ofB.max).toBeGreaterThan(0.9 * (count - lookedAt));
});

test('while a queue is full, others are refused, but those of another ordered queue are not', () => {
  const { ofB, ofC } = called(`${many}, \`orderedQueues\` 2`);
  expect(ofB.refusedByDoor).toBeGreaterThan(0);
  expect(ofC).toMatchObject({ accepted: jobsOfOther, max: 0 });
});

test('SQS counts too late for a flood of many groups, and the limit of unfinished jobs does not', () => {
  const [bounded, limited] = [called(many), called(`${many}, \`unfinishedJobs\` 10,000`)];
  expect(bounded.most).toBeGreaterThan(lookedAt);
  expect(limited.most).toBeLessThan(maxOrderedMessages / 2);
  expect(limited.ofB).toMatchObject({ accepted: jobsOfOther, refusedByDoor: 0 });
  expect(limited.ofB.max).toBeLessThan(bounded.ofB.max / 2);
});

test('a group takes 300 a second, and what comes faster is 503', () => {
  const { ofA } = called('one group within a minute');
  expect(ofA.accepted + ofA.unavailable).toBeGreaterThanOrEqual(count);
  expect(ofA.unavailable).toBeGreaterThan(ofA.accepted);
});

(isFull ? test : test.skip)('the page has the figures of a million', () => {
  expectRows('tenants', loads.map(rowOfGroups));
});
