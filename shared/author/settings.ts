import { SecretUnavailableError } from '../domain/base/errors.ts';
import { hideEverywhere } from './secret-values.ts';
import type { SecretUse, TypeUses, VariableUse } from './uses.ts';

/**
 * A secret that is read when it is needed. It is never logged: `job.log`, errors and progress show `[secret]` in its
 * place.
 */
export interface Secret {
  /** Reads it once, and then from memory. @throws SecretUnavailableError, which is an ordinary failed attempt */
  read(): Promise<string>;
  /** Has the next call read it anew: for who finds that it was changed. */
  forget(): void;
}

type SettingOf<U extends VariableUse> = U extends SecretUse ? Secret : string;
/** The values of what a type uses, by variable. A parameter that the stage does not set is `''`. */
export type SettingsOf<Uses extends TypeUses> = {
  readonly [Key in keyof Uses['variables']]: SettingOf<Uses['variables'][Key]>;
};

type Environment = Readonly<Record<string, string | undefined>>;

/** Reads a secret by its reference. @throws SecretUnavailableError, SecretServiceError */
export type FetchSecret = (reference: string, environment: Environment) => Promise<string>;
let fetchSecret: FetchSecret | undefined;

/** Who runs job types says how their secrets are read, before the code of a type is loaded (shared/aws/clients/secrets-of-types.ts). */
export function readSecretsBy(fetch: FetchSecret): void {
  fetchSecret = fetch;
}

/** The variable in which a worker has the name of the stage's bucket. */
const bucketVariable = 'BUCKET_NAME';

/**
 * Reads what a type uses from the worker's environment: for its `adapter.ts`. Nothing is missing: packaging has checked
 * that, and where no stage is, as in a test, each parameter is `''`.
 */
export function settingsOf<Uses extends TypeUses>(
  { variables }: Uses,
  environment: Environment = process.env,
): SettingsOf<Uses> {
  const settings = Object.entries(variables).map(([name, { kind }]) => {
    const value = environment[kind === 'bucket' ? bucketVariable : name] ?? '';
    return [name, kind === 'secret' ? secretAt(name, value, environment) : value] as const;
  });
  return Object.fromEntries(settings) as SettingsOf<Uses>;
}

function secretAt(variable: string, reference: string, environment: Environment): Secret {
  let reading: Promise<string> | undefined;
  const read = async (): Promise<string> => {
    if (reference === '')
      throw new SecretUnavailableError(
        `the secret ${variable} has no value here. Set the variable ${variable}, and type \`npm start\` again`,
      );
    if (!fetchSecret) throw new SecretUnavailableError(`the secret ${variable} is read by workers alone`);
    const text = await fetchSecret(reference, environment);
    hideEverywhere(text);
    return text;
  };
  return {
    read: () => {
      reading ??= read().catch((error: unknown) => {
        reading = undefined;
        throw error;
      });
      return reading;
    },
    forget: () => {
      reading = undefined;
    },
  };
}
