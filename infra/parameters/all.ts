import { callerParameters } from './callers.ts';
import { jobParameters } from './jobs.ts';
import { noticeParameters } from './notices.ts';
import { observeParameters } from './observe.ts';
import type { Parameters, StageParameters } from './parameter.ts';
import { serverParameters } from './servers.ts';
import { stackParameters } from './stack.ts';
import { tenantParameters } from './tenants.ts';

/** By subject, in the order of docs/parameters.md. */
export const parametersBySubject: Readonly<Record<string, Parameters>> = {
  'The API and its callers': callerParameters,
  Tenants: tenantParameters,
  Jobs: jobParameters,
  'Who is told of an end': noticeParameters,
  'Logs, metrics, troubles': observeParameters,
  Servers: serverParameters,
  'The stack and its data': stackParameters,
};

export const allParameters: Parameters = Object.assign({}, ...Object.values(parametersBySubject));

/** What a stage has that says nothing. */
export const defaultParameters: StageParameters = Object.fromEntries(
  Object.entries(allParameters).flatMap(([name, { default: value }]) =>
    value === undefined ? [] : [[name, value] as const],
  ),
);

/** A default, as a table has it. */
export const defaultText = (value: string | number | boolean | undefined): string =>
  value === undefined ? 'see serverless.yml' : String(value) || 'nothing';
