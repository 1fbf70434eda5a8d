/**
 * The face of the lean clients: what the source takes of them by name, where it calls AWS without a client of the SDK, and what packaging asks.
 * The clients themselves, and the logger, are imported by nobody: a bundle has them in place of packages (infra/packaging/lean-clients.cjs).
 */
export { ofOtherEndpoints } from './function-environment.ts';
export { agentFor, send } from './http-calls.ts';
export { metadataOf, ServiceError } from './service-error.ts';
export { encoded, queryOf, signRequest } from './sign-request.ts';
