import { ofOtherEndpoints } from '../../shared/aws/lean/index.ts';
import type { StageParameters } from '../parameters/parameter.ts';
import { resolvedValue, type Stack } from '../template/resolved-value.ts';
import type { Environment } from '../template/worker-outputs.ts';

/** Lambda counts all variables of a function together, as the text of a JSON object. */
const maxBytes = 4096;
const named = 3;

const bytesOf = (value: unknown): number => Buffer.byteLength(JSON.stringify(value));
const resolvedIn = (environment: Environment, stack: Stack) =>
  Object.entries(environment).map(([key, value]) => [key, resolvedValue(value, stack)] as const);

/** How many bytes Lambda counts of the variables of a function. */
export const bytesOfVariables = (environment: Environment, stack: Stack): number =>
  bytesOf(Object.fromEntries(resolvedIn(environment, stack)));
const number = (value: number): string => value.toLocaleString('en');

type Environments = Readonly<Record<string, Environment>>;

/** What is wrong with the variables of functions. */
export const problemsOfEnvironments = (
  environments: Environments,
  { stack, parameters }: { readonly stack: Stack; readonly parameters: StageParameters },
): readonly string[] => [
  ...problemsOfSizes(environments, stack),
  ...problemsOfEndpoints(environments, parameters),
];

/** The functions whose variables Lambda would refuse, which it does in the middle of a deployment. */
function problemsOfSizes(environments: Environments, stack: Stack): readonly string[] {
  return Object.entries(environments).flatMap(([name, environment]) => {
    const bytes = bytesOfVariables(environment, stack);
    if (bytes <= maxBytes) return [];
    const largest = resolvedIn(environment, stack)
      .map(([key, value]) => [key, bytesOf(value)] as const)
      .sort(([, one], [, other]) => other - one)
      .slice(0, named)
      .map(([key, size]) => `${key} (${number(size)})`);
    return [
      `the variables of ${name} have ${number(bytes)} bytes, and Lambda takes ${number(maxBytes)}. The largest are ${largest.join(', ')}: shorten the parameters of the stage that they come from.`,
    ];
  });
}

/**
 * The functions that are to call endpoints which the lean clients do not know: where these are demanded, another one is
 * a breach.
 */
const problemsOfEndpoints = (
  environments: Environments,
  { awsClients }: StageParameters,
): readonly string[] =>
  awsClients === 'sdk'
    ? []
    : Object.entries(environments).flatMap(([name, environment]) =>
        ofOtherEndpoints
          .filter((variable) => String(environment[variable] ?? 'false') !== 'false')
          .map(
            (variable) =>
              `${variable} is a variable of ${name}, and lean clients do not know these endpoints. Set awsClients to sdk.`,
          ),
      );
