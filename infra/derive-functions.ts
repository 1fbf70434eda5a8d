import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Uses, variablesOf } from '../shared/aws/environment.ts';
import { rightsOf, type StageOfValues, valuesOf } from './capabilities.ts';
import type { FunctionConfig, Statement } from './serverless.ts';
import type { Environment } from './worker-outputs.ts';

/** What a function has because of what it uses. */
export interface Derived {
  readonly environment: Environment;
  readonly rights: readonly Statement[];
}

/** The environment and the rights that these capabilities come with. */
export function derivedFrom(uses: Uses, stage: StageOfValues): Derived {
  const values: Environment = valuesOf(stage);
  const rights: Readonly<Record<string, readonly Statement[]>> = rightsOf(stage.parameters);
  const variables = variablesOf(uses).filter((name) => Object.hasOwn(values, name));
  return {
    environment: Object.fromEntries(variables.map((name) => [name, textOrReference(values[name])])),
    rights: Object.values(uses).flatMap(({ name }) => rights[name] ?? []),
  };
}

const textOrReference = (value: unknown): unknown => (typeof value === 'object' ? value : String(value));

interface Functions {
  readonly serviceDir: string;
  readonly functions: Readonly<
    Record<string, Pick<FunctionConfig, 'handler' | 'environment' | 'iamRoleStatements'>>
  >;
}

/** Gives each function of serverless.yml its environment and its rights, by the `uses.ts` beside its handler. */
export async function deriveFunctions(
  { serviceDir, functions }: Functions,
  stage: StageOfValues,
): Promise<void> {
  for (const config of Object.values(functions)) {
    const path = join(serviceDir, dirname(config.handler ?? ''), 'uses.ts');
    const uses: Uses = await import(pathToFileURL(path).href);
    const { environment, rights } = derivedFrom(uses, stage);
    config.environment = { ...config.environment, ...environment };
    config.iamRoleStatements = rights;
  }
}
