import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { ContractQueue } from '../../shared/author/contract.ts';
import { type Uses, variablesOf } from '../../shared/aws/uses/environment.ts';
import type { StageParameters } from '../parameters/parameter.ts';
import { mergeStatements } from '../template/merge-statements.ts';
import type { FunctionConfig } from '../template/serverless.ts';
import type { Statement } from '../template/template-values.ts';
import type { Environment } from '../template/worker-outputs.ts';
import { rightsOf, valuesOf } from './rights-of-capabilities.ts';
import { type Derived, derivedFromTypes, type UsesOfType } from './type-uses.ts';

/** What decides about the environment and the rights of a stage's functions. */
export interface StageToDerive {
  readonly stage: string;
  readonly parameters: StageParameters;
  /** What the job types of the stage use. */
  readonly types: readonly UsesOfType[];
  /** Of `npm start`: where it has the values of secrets, by variable. */
  readonly localSecrets?: Readonly<Record<string, string | undefined>>;
}

/** Whose jobs a function runs. A job of a group runs from the ordered queue, whatever its type. */
const queuesOf: Readonly<Record<string, readonly ContractQueue[]>> = {
  worker: ['standard'],
  longWorker: ['standard', 'long'],
};
const everyQueue: readonly ContractQueue[] = ['standard', 'long', 'server'];

/**
 * The environment and the rights that these capabilities come with, and those of the types that run there.
 * @param queues of the types. Default: those of a server, which runs all
 * @returns `settings`: the part of the environment that is of job types
 */
export function derivedFrom(
  uses: Uses,
  stage: StageToDerive,
  queues = everyQueue,
): Derived & { readonly settings: Environment } {
  const types = stage.types.filter(({ queue }) => queues.includes(queue));
  const all: Uses = Object.assign({ ...uses }, ...types.map(({ uses: { capabilities } }) => capabilities));
  const values: Environment = valuesOf(stage);
  const rights: Readonly<Record<string, readonly Statement[]>> = rightsOf(stage.parameters);
  const variables = variablesOf(all).filter((name) => Object.hasOwn(values, name));
  const ofTypes = derivedFromTypes(types, stage);
  return {
    environment: {
      ...Object.fromEntries(variables.map((name) => [name, textOrReference(values[name])])),
      ...ofTypes.environment,
    },
    settings: ofTypes.environment,
    rights: mergeStatements([
      ...Object.values(all).flatMap(({ name }) => rights[name] ?? []),
      ...ofTypes.rights,
    ]),
  };
}

const textOrReference = (value: unknown): unknown => (typeof value === 'object' ? value : String(value));

interface Functions {
  readonly serviceDir: string;
  readonly functions: Readonly<
    Record<string, Pick<FunctionConfig, 'handler' | 'environment' | 'iamRoleStatements'>>
  >;
}

/**
 * Gives each function of serverless.yml its environment and its rights, by the `uses.ts` beside its handler.
 * @returns the part of each environment that is of job types
 */
export async function deriveFunctions(
  { serviceDir, functions }: Functions,
  stage: StageToDerive,
): Promise<Readonly<Record<string, Environment>>> {
  const settingsOf: Record<string, Environment> = {};
  for (const [name, config] of Object.entries(functions)) {
    const path = join(serviceDir, dirname(config.handler ?? ''), 'uses.ts');
    const uses: Uses = await import(pathToFileURL(path).href);
    const { environment, settings, rights } = derivedFrom(uses, stage, queuesOf[name] ?? []);
    config.environment = { ...config.environment, ...environment };
    config.iamRoleStatements = rights;
    settingsOf[name] = settings;
  }
  return settingsOf;
}
