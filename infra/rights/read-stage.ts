import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Contracts } from '../../shared/author/contract.ts';
import { catalogConditions, catalogFolders } from '../packaging/job-type-catalog.ts';
import { problemsOfCatalog } from '../packaging/problems-of-catalog.ts';
import { parametersOf } from '../template/parameters-of.ts';
import type { Serverless } from '../template/serverless.ts';
import type { StageToDerive } from './derive-functions.ts';
import { defaultsOf, readTypeUses } from './type-uses.ts';

interface Command extends Pick<Serverless, 'serviceDir' | 'configurationInput' | 'processedInput'> {
  getProvider(name: 'aws'): { getStage(): string };
}

/** What a command of osls is about. */
export interface Stage extends StageToDerive {
  readonly contracts: Contracts;
}

/** What the catalog names is not there, or a contract is in none. Its message is all that a person needs. */
export class CatalogError extends Error {
  override readonly name = 'CatalogError';
}

/** Reads the stage of a command, its parameters, its job types and what they use. @throws CatalogError */
export async function readStage(serverless: Command): Promise<Stage> {
  const { serviceDir } = serverless;
  const stage = serverless.getProvider('aws').getStage();
  const given = parametersOf(serverless, stage);
  const problems = await problemsOfCatalog(serviceDir, given);
  if (problems.length > 0) throw new CatalogError(problems.join('\n'));
  const folders = catalogFolders(catalogConditions(serviceDir, given));
  const [catalog = ''] = folders;
  // By its path: this process may have been told of no catalog.
  const { href } = pathToFileURL(join(serviceDir, catalog, 'contracts.ts'));
  const { contracts }: { readonly contracts: Contracts } = await import(href);
  const types = await readTypeUses({ serviceDir, contracts, folders });
  return { stage, contracts, types, parameters: { ...defaultsOf(types), ...given } };
}
