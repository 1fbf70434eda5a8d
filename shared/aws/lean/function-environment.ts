import type { Credentials } from './sign-request.ts';

/**
 * What the SDK's clients read of a function's environment: its credentials, its region, endpoints that are not AWS's. And for whom
 * Powertools' logger writes.
 */

/** @throws Error; outside of a function the SDK would look elsewhere */
export function credentialsOfFunction(): Credentials {
  const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey } = process.env;
  if (!accessKeyId || !secretAccessKey)
    throw new Error('the environment has no credentials: AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY');
  const { AWS_SESSION_TOKEN: sessionToken, AWS_ACCOUNT_ID, AWS_ACCOUNT_ID_ENDPOINT_MODE } = process.env;
  // An account is for its own endpoint alone.
  const accountId = AWS_ACCOUNT_ID_ENDPOINT_MODE === 'disabled' ? undefined : AWS_ACCOUNT_ID;
  return { accessKeyId, secretAccessKey, sessionToken, accountId };
}

/** @throws Error */
export function regionOfFunction(): string {
  const { AWS_REGION } = process.env;
  if (!AWS_REGION) throw new Error('the environment has no region: AWS_REGION');
  return AWS_REGION;
}

/**
 * By which the SDK's clients call other hosts, which the lean clients do not know: infra/rights/environment-problems.ts
 * refuses them, too.
 */
export const ofOtherEndpoints = ['AWS_USE_FIPS_ENDPOINT', 'AWS_USE_DUALSTACK_ENDPOINT'];

/** @throws Error if the environment asks for hosts that these clients would not call: somebody may have to use them */
export function refuseOtherEndpoints(): void {
  const asked = ofOtherEndpoints.find((name) => process.env[name] === 'true');
  if (asked !== undefined)
    throw new Error(
      `${asked} is set, and lean clients do not know these endpoints: deploy with awsClients=sdk`,
    );
}

/** @param service as the environment names it, such as `DYNAMODB` */
export const endpointOfEnvironment = (service: string): string | undefined =>
  process.env.AWS_IGNORE_CONFIGURED_ENDPOINT_URLS === 'true'
    ? undefined
    : process.env[`AWS_ENDPOINT_URL_${service}`] || process.env.AWS_ENDPOINT_URL || undefined;

/** Of the invocation: the runtime sets it each time. */
export const traceOfInvocation = (): string | undefined => process.env._X_AMZN_TRACE_ID;

export const isFunction = (): boolean => Boolean(process.env.AWS_LAMBDA_FUNCTION_NAME);

/** Lines are indented, as Powertools' logger has it. */
export const isLogForPeople = (): boolean =>
  ['1', 'y', 'yes', 't', 'true', 'on'].includes((process.env.POWERTOOLS_DEV ?? '').trim().toLowerCase());
