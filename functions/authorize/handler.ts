import type { APIGatewayRequestAuthorizerEventV2 } from 'aws-lambda';
import { createLog } from '../../shared/aws/observe/logger.ts';
import { readEnvironment } from '../../shared/aws/uses/environment.ts';
import { authorizeRequest } from './authorize-request.ts';
import * as uses from './uses.ts';
import { tokenVerifier } from './verify-token.ts';

const env = readEnvironment(uses, process.env);
const deps = {
  verify: tokenVerifier({
    issuer: env.JWT_ISSUER,
    audiences: env.JWT_AUDIENCE.split(','),
    clock: { now: Date.now },
  }),
  tenantClaim: env.JWT_TENANT_CLAIM,
  log: createLog('authorize', process.env),
};

/** Runs before the other functions on stages whose callers may show an API key or a token. */
export const handler = (event: Pick<APIGatewayRequestAuthorizerEventV2, 'identitySource'>) =>
  authorizeRequest(event.identitySource[0] ?? '', deps);
