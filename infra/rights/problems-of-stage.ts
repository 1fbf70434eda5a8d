import { twoDoors } from '../../shared/domain/access/auth-mode.ts';
import { allParameters } from '../parameters/all.ts';
import { isLoopback, problemsOfJwt } from '../parameters/callers.ts';
import { problemsOfLease, problemsOfVpc } from '../parameters/jobs.ts';
import { problemsOfNotify } from '../parameters/notices.ts';
import type { StageParameters } from '../parameters/parameter.ts';
import { problemsOfServers } from '../parameters/servers.ts';
import { problemsOfCanary } from '../parameters/shifts.ts';
import { limitRules } from '../parameters/tenants.ts';
import { problemsOfTables } from '../template/stage-tables.ts';
import { problemsOfTypes, rulesOf, type UsesOfType } from './type-uses.ts';

/** Everything that is wrong with a stage's parameters, each with its name and the remedy. */
export function problemsOfParameters(
  parameters: StageParameters,
  types: readonly UsesOfType[] = [],
): readonly string[] {
  // A type may read a parameter of the engine, whose rule stays.
  const rules = { ...rulesOf(types), ...allParameters, ...limitRules };
  const wrong = Object.entries(rules).flatMap(([name, { accepts, use }]) => {
    const value = parameters[name];
    if (value === undefined && Object.hasOwn(limitRules, name)) return [];
    if (value === undefined || value === null) return [`${name} is missing. Use ${use}.`];
    return accepts(String(value)) ? [] : [`${name} is "${value}". Use ${use}.`];
  });
  const unknown = Object.keys(parameters)
    .filter((name) => !Object.hasOwn(rules, name))
    .map((name) =>
      name === 'really'
        ? 'really is of `sls remove` alone. Leave it out.'
        : `${name} is not a parameter. Is it misspelt? There are ${Object.keys(rules).join(', ')}.`,
    );
  // What is misspelt elsewhere would be a problem of these, too.
  const others = wrong.length > 0 ? [] : problemsOfNotify(parameters);
  return [
    ...wrong,
    ...unknown,
    ...problemsOfLease(parameters),
    ...problemsOfTypes(types, parameters),
    ...problemsOfVpc(parameters),
    ...problemsOfCanary(parameters),
    ...problemsOfServers(parameters),
    ...others,
  ];
}

/** What is wrong with deploying a stage with this mode. */
export function problemsOfDeployment(stage: string, parameters: StageParameters): readonly string[] {
  return [
    ...(stage === 'local'
      ? ['The stage local is for `npm start`, not for AWS. Deploy a stage of another name: --stage dev']
      : []),
    ...(parameters.auth === 'none'
      ? [
          `auth is none, which would open the stage ${stage} to everybody. Use apiKey, jwt, apiKey,jwt or iam.`,
        ]
      : []),
    ...problemsOfTables(stage, parameters),
    ...problemsOfJwt(parameters),
    ...(isLoopback(String(parameters.jwtIssuer))
      ? [
          `jwtIssuer is ${parameters.jwtIssuer}, which AWS cannot reach. Set it to an address that begins with https.`,
        ]
      : []),
  ];
}

interface Names {
  readonly service: string;
  readonly stage: string;
  readonly region: string;
  readonly functions: readonly string[];
}

/** Of a role. Each function has one, by the name of the service, the stage, the function and the region. */
const maxRoleName = 64;

/** What is wrong with the name of a stage, which is part of the names of its resources. */
export function problemsOfStageName({ service, stage, region, functions }: Names): readonly string[] {
  if (!/^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/i.test(stage))
    return [`The stage ${stage} cannot be part of names. Use letters, digits and hyphens, such as dev.`];
  const longest = Math.max(...functions.map(({ length }) => length));
  const max = maxRoleName - [service, region].join('---').length - longest;
  if (stage.length <= max) return [];
  return [
    `The name of the stage ${stage} has ${stage.length} characters. In ${region} it may have ${max}, since a role's name has ${maxRoleName}.`,
  ];
}

/** What is wrong with running a stage on this machine with this mode. */
export function problemsOfLocalRun(parameters: StageParameters): readonly string[] {
  const { auth } = parameters;
  if (auth === twoDoors) return problemsOfJwt(parameters);
  if (auth !== 'jwt' && auth !== 'iam') return [];
  return [
    `auth is ${auth}, which needs API Gateway: on this machine nothing would check a token or a signature. Use AUTH=apiKey, AUTH=apiKey,jwt or AUTH=none.`,
  ];
}
