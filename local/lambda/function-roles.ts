import type { Derived } from '../../infra/rights/type-uses.ts';
import { assumeRoles } from '../emulators/assume-roles.ts';
import type { EmulatorEndpoints } from '../emulators/emulator-endpoints.ts';
import type { Resolve } from '../resolve-references.ts';
import { grantsOf } from '../rights/grants.ts';
import type { FunctionDefinition } from './serverless-service.ts';

interface Stage {
  readonly functions: Readonly<Record<string, FunctionDefinition>>;
  /** What a worker server of the stage has: `npm run worker`. */
  readonly server: Derived;
}

interface Locally {
  readonly resolve: Resolve;
  readonly emulators: EmulatorEndpoints;
}

/**
 * Gives each function the role that the stage gives it, and so a worker server.
 * @returns the access key of each function, and the variables of a server beside those of a function
 */
export async function assumeFunctionRoles(
  { functions, server }: Stage,
  { resolve, emulators }: Locally,
): Promise<{
  readonly accessKeys: Readonly<Record<string, string>>;
  readonly ofServers: Readonly<Record<string, string>>;
}> {
  const grants = Object.entries(functions).map(
    ([name, { iamRoleStatements = [] }]) => [name, grantsOf(iamRoleStatements, resolve)] as const,
  );
  const { server: AWS_ACCESS_KEY_ID = '', ...accessKeys } = await assumeRoles(
    { ...Object.fromEntries(grants), server: grantsOf(server.rights, resolve) },
    emulators,
  );
  const variables = Object.entries(server.environment).map(([name, value]) => [name, String(resolve(value))]);
  return { accessKeys, ofServers: { ...Object.fromEntries(variables), AWS_ACCESS_KEY_ID } };
}
