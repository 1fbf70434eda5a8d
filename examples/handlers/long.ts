import { type LongDependencies, longHandlers as own } from '../../job-types/handlers/long.ts';
import { type HandlersOf, settingsOf } from '../../shared/author/index.ts';
import type { contracts } from '../contracts.ts';
import { countdown } from '../countdown/handler.ts';
import { aggregatorOf } from '../emr-aggregate/adapter.ts';
import { emrAggregate } from '../emr-aggregate/handler.ts';
import { uses as emrUses } from '../emr-aggregate/uses.ts';

export const longHandlers = (given: LongDependencies): HandlersOf<typeof contracts, 'long'> => {
  const { environment, objects } = given;
  return {
    countdown,
    'emr-aggregate': emrAggregate(aggregatorOf(settingsOf(emrUses, environment), objects)),
    ...own(given),
  };
};
