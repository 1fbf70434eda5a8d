import * as z from 'zod/mini';
import { allParameters, defaultParameters } from '../parameters/all.ts';
import type { StageParameters } from '../parameters/parameter.ts';
import type { Serverless } from './serverless.ts';

const paramsBlock = z._default(z.record(z.string(), z.nullable(z.record(z.string(), z.unknown()))), {});

/**
 * The command line first, then what serverless.yml says of the stage and of all stages, then the defaults of this
 * folder.
 */
export function parametersOf(
  { configurationInput, processedInput }: Pick<Serverless, 'configurationInput' | 'processedInput'>,
  stage: string,
): StageParameters {
  const declared = paramsBlock.parse(configurationInput.params);
  const given = (processedInput.options.param ?? []).map((text) => {
    const at = text.indexOf('=');
    return [text.slice(0, at), text.slice(at + 1).trimEnd()] as const;
  });
  return { ...defaultParameters, ...declared.default, ...declared[stage], ...Object.fromEntries(given) };
}

/**
 * What `${stage:NAME}` stands for in a yml file. Unlike `${param:NAME}` it knows the defaults of this folder.
 * @throws osls's error if there is no parameter of this name
 */
export function stageVariables(serverless: Serverless) {
  const resolve = async ({ address }: { readonly address: string }) => {
    if (!Object.hasOwn(allParameters, address))
      throw new serverless.classes.Error(`There is no stage parameter ${address}.`, 'STAGE_PARAMETER');
    return { value: parametersOf(serverless, serverless.getProvider('aws').getStage())[address] };
  };
  return { stage: { resolve } };
}
