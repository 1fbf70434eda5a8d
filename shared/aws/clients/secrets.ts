import * as z from 'zod/mini';
import { asError, SecretServiceError, SecretUnavailableError } from '../../domain/base/errors.ts';
import { readJson } from '../../domain/base/read-json.ts';
import { callSigned } from './signed-call.ts';

/** How each service is asked for a secret. The calls are signed here: clients would triple a worker's bundle. */
const services = {
  secretsmanager: {
    target: 'secretsmanager.GetSecretValue',
    variable: 'AWS_ENDPOINT_URL_SECRETS_MANAGER',
    ask: (name: string) => ({ SecretId: name }),
  },
  ssm: {
    target: 'AmazonSSM.GetParameter',
    variable: 'AWS_ENDPOINT_URL_SSM',
    ask: (name: string) => ({ Name: name, WithDecryption: true }),
  },
} as const;

/** What one of them answers. */
const answer = () =>
  z.object({
    SecretString: z.optional(z.string()),
    Parameter: z.optional(z.object({ Value: z.string() })),
    /** Of an error: `com.amazonaws.ssm#ParameterNotFound` */
    __type: z._default(z.string(), 'no secret'),
  });

const isFaultOfService = (status: number): boolean => status >= 500 || status === 429;
/** With the status 400. */
const isThrottle = /Throttl/;

export type SecretService = keyof typeof services;
const isService = (text: string): text is SecretService => Object.hasOwn(services, text);

/**
 * Reads a secret. It is neither cached nor logged here.
 * @param reference `secretsmanager:NAME`, `ssm:NAME`, or with `npm start` `text:SECRET`
 * @throws SecretUnavailableError: it says which secret, and what the service has answered. Another attempt may get it;
 * SecretServiceError, if the service is at fault
 */
export async function fetchSecret(
  reference: string,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<string> {
  const at = reference.indexOf(':');
  const [service, name] = [reference.slice(0, at), reference.slice(at + 1)];
  if (service === 'text') return name;
  if (!isService(service)) throw new SecretUnavailableError('there is no secret of this name on this stage');
  const { target, variable, ask } = services[service];
  const unread = `the secret ${reference} could not be read: `;
  let response: Response;
  let reason: string;
  try {
    response = await callSigned({
      service,
      region: environment.AWS_REGION ?? '',
      endpoint: environment[variable],
      target,
      input: ask(name),
    });
    const { data } = answer().safeParse(readJson(await response.text()));
    const text = data?.SecretString ?? data?.Parameter?.Value;
    if (response.ok && text !== undefined) return text;
    reason = `${response.status} ${data?.__type.split('#').at(-1) ?? 'no answer of AWS'}`;
  } catch (thrown) {
    throw new SecretServiceError(unread + asError(thrown).message);
  }
  throw new (
    isFaultOfService(response.status) || isThrottle.test(reason) ? SecretServiceError : SecretUnavailableError
  )(unread + reason);
}
