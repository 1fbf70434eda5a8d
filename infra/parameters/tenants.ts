import { limitNames, limits } from '../../shared/domain/access/limits.ts';
import { oneOf, type Parameters, type Rule, type StageParameters, whole } from './parameter.ts';

export const tenantParameters: Parameters = {
  tenants: {
    ...oneOf('one', 'several'),
    default: 'one',
    says: 'of several, each has [a share](limits.md#the-share-of-a-tenant)',
  },
};

/** The limits of each tenant. A stage that does not name one has none; docs/limits.md says what each counts. */
export const limitRules: Readonly<Record<string, Rule>> = Object.fromEntries(
  limitNames.map((name) => {
    const { accepts, use } = whole(1, limits[name].highest);
    return [name, { accepts: (value: string) => value === 'none' || accepts(value), use: `${use}; or none` }];
  }),
);

/** Of each tenant of a stage that has several: a search costs by the bytes of everybody's lines that it reads. */
const logSearchesPerHour = 60;

/**
 * The limits of each tenant. On a stage that says it has several, each has half of what the gateway lets through for
 * its submissions, uploads and answers. What the stage says of a limit counts.
 */
export function limitsOf(parameters: StageParameters): StageParameters {
  if (parameters.tenants !== 'several') return parameters;
  const share = Math.max(1, Math.floor(Number(parameters.throttleRate) / 2));
  const writesPerSecond = Math.min(share, limits.writesPerSecond.highest);
  return { writesPerSecond, logSearchesPerHour, ...parameters };
}
