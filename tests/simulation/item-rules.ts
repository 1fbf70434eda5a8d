import type { Effect } from './effect.ts';
import { EraseRule } from './erase-rule.ts';
import { InterruptionRule } from './interruption-rule.ts';
import { type ItemBounds, ItemRule } from './item-rule.ts';
import { listRule } from './list-rule.ts';
import { StartBeforeRule } from './start-before-rule.ts';
import { WaitRule } from './wait-rule.ts';

interface Rule {
  onWrite(effect: Effect): void;
  /** TTL has removed an item. */
  onExpired?(id: string): void;
}

/** The rules about what is in an item. */
export const itemRules = (bounds: ItemBounds): readonly Rule[] => [
  new ItemRule(bounds),
  new StartBeforeRule(),
  listRule,
  new EraseRule(),
  new InterruptionRule(),
  new WaitRule(),
];
