import { outputNameOf, writeSettings } from '../../shared/aws/observe/stack.ts';

/** A function's environment in serverless.yml: texts, numbers, and references to resources. */
export type Environment = Readonly<Record<string, unknown>>;

interface Output {
  readonly Description: string;
  readonly Value: unknown;
}

const isReference = (value: unknown): boolean => typeof value === 'object';

/**
 * The stack outputs from which a worker server outside the stack knows its environment: one for each variable that
 * refers to a resource, named after it, and `WorkerSettings`, and more of them, for all others.
 */
export function workerOutputsOf(environment: Environment): Readonly<Record<string, Output>> {
  const variables = Object.entries(environment);
  const settings = variables.filter(([, value]) => !isReference(value));
  const texts = Object.fromEntries(settings.map(([name, value]) => [name, String(value)]));
  const references = variables
    .filter(([, value]) => isReference(value))
    .map(([name, Value]) => [outputNameOf(name), { Description: `${name} of worker servers`, Value }]);
  const others = [...writeSettings(texts)].map(([name, Value]) => [
    name,
    { Description: 'Other variables of worker servers', Value },
  ]);
  return { ...Object.fromEntries(references), ...Object.fromEntries(others) };
}
