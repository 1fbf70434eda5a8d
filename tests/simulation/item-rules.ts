import type { Effect } from './effect.ts';
import { EraseRule } from './erase-rule.ts';
import { InterruptionRule } from './interruption-rule.ts';
import { ItemRule } from './item-rule.ts';
import { listRule } from './list-rule.ts';
import { StartRule } from './start-rule.ts';
import { WaitRule } from './wait-rule.ts';

interface Rule {
  onWrite(effect: Effect): void;
  /** TTL has removed an item. */
  onExpired?(id: string): void;
}

/**
 * The rules about what is in an item.
 * @param maxWriteDelayMs how long after it was made a write may arrive
 */
export const itemRules = (maxWriteDelayMs: number): readonly Rule[] => [
  new ItemRule(maxWriteDelayMs),
  new StartRule(),
  listRule,
  new EraseRule(),
  new InterruptionRule(),
  new WaitRule(),
];
