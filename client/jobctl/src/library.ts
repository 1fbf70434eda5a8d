// The client's source, and not its package by name: so the command runs in a clone without a build. Its package has
// both in one bundle.
export { type Answer, type Connection, callApi, jsonIn } from '../../src/connection.ts';
export { authorizer } from '../../src/credential.ts';
export * from '../../src/entry.ts';
export { jobStatuses, outcomes } from '../../src/job-status.ts';
