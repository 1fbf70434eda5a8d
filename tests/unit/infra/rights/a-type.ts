import type { UsesOfType } from '../../../../infra/rights/type-uses.ts';
import { defineUses, type TypeUses } from '../../../../shared/author/uses.ts';

/** A type of the standard queue that uses these variables. */
export const aType = (
  variables: TypeUses['variables'],
  over: Partial<TypeUses> & Pick<Partial<UsesOfType>, 'queue' | 'type'> = {},
): UsesOfType => {
  const { queue = 'standard', type = 'store-order', ...uses } = over;
  return { type, queue, place: `job-types/${type}/uses.ts`, uses: defineUses({ variables, ...uses }) };
};
