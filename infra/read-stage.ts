import type { StageToDerive } from './derive-functions.ts';
import { parametersOf, type Serverless } from './serverless.ts';
import { defaultsOf, readTypeUses } from './type-uses.ts';

interface Command extends Pick<Serverless, 'serviceDir' | 'configurationInput' | 'processedInput'> {
  getProvider(name: 'aws'): { getStage(): string };
}

/** Reads what a command of osls is about: the stage, its parameters, and what its job types use. */
export async function readStage(serverless: Command): Promise<StageToDerive> {
  const stage = serverless.getProvider('aws').getStage();
  const { contracts } = await import('../job-types/contracts.ts');
  const { serviceDir } = serverless;
  const types = await readTypeUses({ serviceDir, contracts, folders: ['job-types'] });
  return { stage, types, parameters: { ...defaultsOf(types), ...parametersOf(serverless, stage) } };
}
