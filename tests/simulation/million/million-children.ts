import { playFamilies } from './children.ts';
import { childCosts, costsOf, familyLoads, rowOfChildCosts, rowOfFamilies } from './family-rows.ts';

/** Prints how long parents of 100,000 children take, which items are written and read most, and what children cost. */
for (const [name, families] of Object.entries(familyLoads)) {
  const played = playFamilies(families);
  console.log(`${rowOfFamilies(name, played)}${played.isThrottled ? ' THROTTLED' : ''}`);
}
for (const [name, children] of Object.entries(childCosts))
  console.log(rowOfChildCosts(name, costsOf(children)));
