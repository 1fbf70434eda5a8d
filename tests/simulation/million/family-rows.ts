import { priceOf } from '../../../scripts/cost/price-list.ts';
import { type Families, type PlayedFamilies, playFamilies } from './children.ts';
import { prices } from './tally.ts';

const count = (number: number): string => number.toLocaleString('en');

const usual = { children: 100_000, batchSize: 10, seconds: 1 };

/** Of the table in docs/testing.md: `standard`, children that take a second, and the `maximumConcurrency` of stages. */
export const familyLoads: Readonly<Record<string, Families>> = {
  'one parent, 10 invocations at a time': { ...usual, parents: 1, concurrency: 10, isOrdered: true },
  'one parent, 100': { ...usual, parents: 1, concurrency: 100, isOrdered: true },
  'the same, out of order': { ...usual, parents: 1, concurrency: 100, isOrdered: false },
  'ten parents, 100': { ...usual, parents: 10, concurrency: 100, isOrdered: true },
  'the same out of order, 1,000': { ...usual, parents: 10, concurrency: 1_000, isOrdered: false },
};

/** A line of that table. */
export const rowOfFamilies = (
  name: string,
  { seconds, writesPerChild, hottestWrite, hottestRead }: PlayedFamilies,
): string =>
  `| ${name} | ${count(seconds)} | ${writesPerChild} | ${hottestWrite.item.split(' ')[0]}: ${count(hottestWrite.units)} | ${hottestRead.item.split(' ')[0]}: ${count(hottestRead.units)} |`;

/** For a million, of us-east-1. An Express execution has 64 MB at least, and is billed for a second here. */
const others = {
  transition: priceOf('us-east-1', 'transition').usd,
  expressRequest: priceOf('us-east-1', 'expressRequest').usd,
  expressGbSecond: 1e6 * priceOf('us-east-1', 'expressGbSecond').usd,
  durableOperation: priceOf('us-east-1', 'durableOperation').usd,
};
const expressGb = 64 / 1_024;

/** What children cost in dollars, without the time of their own work, which all ways bill alike. */
export interface ChildCosts {
  readonly ours: number;
  readonly standardMap: number;
  readonly expressMap: number;
  readonly durable: number;
}

export function costsOf(children: number): ChildCosts {
  const { writesPerChild } = playFamilies({
    ...usual,
    children,
    parents: 1,
    concurrency: 10,
    isOrdered: true,
  });
  const batches = Math.ceil(children / usual.batchSize);
  const dollars = (millions: number): number => millions / 1e6;
  return {
    // A send, a receive and a delete for each ten. Each batch reads its root once.
    ours: dollars(
      children * writesPerChild * prices.writeUnit +
        batches * (prices.readUnit + 3 * prices.request + prices.invocation),
    ),
    // A child execution is a transition, and its task is another one.
    standardMap: dollars(children * (2 * others.transition + prices.invocation)),
    expressMap: dollars(
      children *
        (others.transition + others.expressRequest + expressGb * others.expressGbSecond + prices.invocation),
    ),
    // One operation for each, if it invokes a function for it.
    durable: dollars(children * (others.durableOperation + prices.invocation)),
  };
}

/** A line of the table in docs/cost.md. */
export const rowOfChildCosts = (name: string, costs: ChildCosts): string =>
  `| ${name} | ${[costs.ours, costs.standardMap, costs.expressMap, costs.durable].map((dollars) => `$${dollars.toFixed(5)}`).join(' | ')} |`;

/** The rows of that table. */
export const childCosts: Readonly<Record<string, number>> = {
  '10': 10,
  '100': 100,
  '1,000': 1_000,
  '10,000': 10_000,
  '10,000 in 100 chunks': 100,
};
