/**
 * The parameters of a stage: `params` in serverless.yml, `--param` on the command line, and the defaults of this
 * folder.
 */
export type StageParameters = Readonly<Record<string, unknown>>;

/** What a stage parameter must be. */
export interface Rule {
  readonly accepts: (value: string) => boolean;
  /** What the parameter must be: it follows "Use". */
  readonly use: string;
}

/**
 * All that is known of a parameter: the check, the table of docs/parameters.md and `npm run stage -- parameters` follow
 * from it.
 */
export interface Parameter extends Rule {
  /** What it is for. Links are as a page of docs/ has them. */
  readonly says: string;
  /** What a stage has that says nothing. Without one, serverless.yml has the line. */
  readonly default?: string | number | boolean;
}

export type Parameters = Readonly<Record<string, Parameter>>;

export const oneOf = (...values: readonly (string | number)[]): Rule => ({
  accepts: (value) => values.map(String).includes(value),
  use: values.join(', ').replace(/, ([^,]*)$/, ' or $1'),
});

export const yesOrNo = oneOf('true', 'false');

export const whole = (min: number, max = Number.MAX_SAFE_INTEGER): Rule => ({
  accepts: (value) => /^\d+$/.test(value) && Number(value) >= min && Number(value) <= max,
  use: `a whole number, ${max === Number.MAX_SAFE_INTEGER ? `at least ${min}` : `${min} to ${max}`}`,
});

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

export const isHttps = (value: string): boolean =>
  URL.canParse(value) && new URL(value).protocol === 'https:';
