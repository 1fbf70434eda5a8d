import { signedHeadersOf } from '../doors/sign-request.ts';
import { credentials, LocalAwsError, region } from '../local-aws.ts';
import type { Grant } from '../rights/grants.ts';
import { rolesPath } from '../rights/rights-door.ts';
import { accessKeysOf, putRoles } from '../rights/roles.ts';
import type { EmulatorEndpoints } from './emulator-endpoints.ts';

/**
 * Gives each function a role of its own: this process and the emulators, which may be those of another process, refuse
 * what its role does not allow.
 * @param grants of each function, by its name
 * @returns the access key of each, by its name
 * @throws LocalAwsError if the emulators do not take them
 */
export async function assumeRoles(
  grants: Readonly<Record<string, readonly Grant[]>>,
  { schedulerEndpoint }: Pick<EmulatorEndpoints, 'schedulerEndpoint'>,
): Promise<Readonly<Record<string, string>>> {
  const keys = accessKeysOf(Object.keys(grants));
  const roles = Object.fromEntries(
    Object.entries(grants).map(([name, own]) => [keys[name] ?? name, { name, grants: own }]),
  );
  putRoles(roles);
  const [url, body] = [`${schedulerEndpoint}${rolesPath}`, JSON.stringify(roles)];
  const request = { method: 'PUT', url, body, service: 'scheduler' } as const;
  const headers = signedHeadersOf(request, { ...credentials, region }, Date.now());
  const response = await fetch(url, { method: 'PUT', headers, body });
  if (!response.ok) throw new LocalAwsError(`PUT ${url}: ${await response.text()}`);
  return keys;
}
