import { randomUUID } from 'node:crypto';
// Not from its face: CommonJS loads this file, so esbuild makes each file behind it a module that is loaded late, 200 bytes of a bundle.
import { credentialsOfFunction } from '../../shared/aws/lean/function-environment.ts';

/**
 * Stands in for parts of libraries that no call of ours reaches (see esbuild.config.cjs). A cold start parses every
 * byte, so they are left out of the bundles. If one is called after all, it says so.
 */
const notBundled = (what: string) => (): never => {
  throw new Error(`${what} is not bundled, see infra/packaging/not-bundled.ts`);
};

/** Lambda hands over credentials in the environment. The SDK need not look for profiles, SSO or web identities. */
export const defaultProvider = () => async () => credentialsOfFunction();

/** For endpoint discovery, which none of our calls uses. */
export class EndpointCache {}

/** Neither SQS nor DynamoDB answers with a stream of events. */
export const eventStreamSerdeProvider = notBundled('the SDK for event streams');

/** Powertools' idempotency finds the key of a record with JMESPath, given a path. Our key is the job's id. */
export const search = notBundled('JMESPath');
export class PowertoolsFunctions {}

/**
 * What the SDK's retries need of all that it has to read and write what services say (see lean-clients.cjs): when a
 * call may be made again, as a header says it, and a name for a call.
 */
export const parseRfc7231DateTime = (text: string): Date => new Date(text);
export const v4 = (): string => randomUUID();
