import { limits } from '../shared/domain/access/limits.ts';

/** The parameters of a stage: `params` in serverless.yml, and `--param` on the command line. */
export type StageParameters = Readonly<Record<string, unknown>>;

/** What a stage parameter must be. */
export interface Rule {
  readonly accepts: (value: string) => boolean;
  /** What the parameter must be: it follows "Use". */
  readonly use: string;
}

export const oneOf = (...values: readonly (string | number)[]): Rule => ({
  accepts: (value) => values.map(String).includes(value),
  use: values.join(', ').replace(/, ([^,]*)$/, ' or $1'),
});

export const whole = (min: number, max = Number.MAX_SAFE_INTEGER): Rule => ({
  accepts: (value) => /^\d+$/.test(value) && Number(value) >= min && Number(value) <= max,
  use: `a whole number, ${max === Number.MAX_SAFE_INTEGER ? `at least ${min}` : `${min} to ${max}`}`,
});

/** A stage that does not say how long it keeps children keeps them as long as other jobs. */
export const keepChildrenDaysOf = ({ keepChildrenDays, retentionDays }: StageParameters): unknown =>
  keepChildrenDays === undefined || keepChildrenDays === '' ? retentionDays : keepChildrenDays;

/** Of each tenant of a stage that has several: a search costs by the bytes of everybody's lines that it reads. */
const logSearchesPerHour = 60;

/**
 * The limits of each tenant. On a stage that says it has several, each has half of what the gateway lets through for its submissions, uploads
 * and answers. What the stage says of a limit counts.
 */
export function limitsOf(parameters: StageParameters): StageParameters {
  if (parameters.tenants !== 'several') return parameters;
  const share = Math.max(1, Math.floor(Number(parameters.throttleRate) / 2));
  const writesPerSecond = Math.min(share, limits.writesPerSecond.highest);
  return { writesPerSecond, logSearchesPerHour, ...parameters };
}

export const orNothing = (pattern: RegExp, use: string): Rule => ({
  accepts: (value) => value === '' || pattern.test(value),
  use: `${use}; or nothing`,
});

/** Where a secret is: its service and its name. */
export const secretPattern = /^(ssm|secretsmanager):([\w/+=.@-]+)$/;

/** The entries of a comma list. */
export const listOf = (value: unknown): readonly string[] =>
  String(value ?? '')
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '');

export const commaListOf = (pattern: RegExp, use: string): Rule => ({
  accepts: (value) => listOf(value).every((entry) => pattern.test(entry)),
  use: `${use}; or nothing`,
});
