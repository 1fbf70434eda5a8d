import type { Credentials } from './sign-request.ts';

/** What the SDK's clients read of a function's environment: its credentials, its region, endpoints that are not AWS's. */

/** @throws Error; outside of a function the SDK would look elsewhere */
export function credentialsOfFunction(): Credentials {
  const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey } = process.env;
  if (!accessKeyId || !secretAccessKey)
    throw new Error('the environment has no credentials: AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY');
  const { AWS_SESSION_TOKEN: sessionToken, AWS_ACCOUNT_ID: accountId } = process.env;
  return { accessKeyId, secretAccessKey, sessionToken, accountId };
}

/** @throws Error */
export function regionOfFunction(): string {
  const { AWS_REGION } = process.env;
  if (!AWS_REGION) throw new Error('the environment has no region: AWS_REGION');
  return AWS_REGION;
}

/** @param service as the environment names it, such as `DYNAMODB` */
export const endpointOfEnvironment = (service: string): string | undefined =>
  process.env[`AWS_ENDPOINT_URL_${service}`] || process.env.AWS_ENDPOINT_URL || undefined;

/** Of the invocation: the runtime sets it each time. */
export const traceOfInvocation = (): string | undefined => process.env._X_AMZN_TRACE_ID;

export const isFunction = (): boolean => Boolean(process.env.AWS_LAMBDA_FUNCTION_NAME);
