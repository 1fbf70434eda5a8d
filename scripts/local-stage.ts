import { credentials, region } from '../local/local-aws.ts';
import { defaultPort, findRunningSystem, type RunningSystem } from '../local/machine/running-system.ts';
import { defaultRegion } from '../shared/aws/observe/stack.ts';
import { UsageError } from './usage-error.ts';

/** Where a command runs. */
interface Surroundings {
  readonly projectDir: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** A stage as commands name it: `local`, or a deployed one. */
export interface StageAddress {
  readonly stage: string;
  readonly region?: string | undefined;
}

export const regionOf = (address: StageAddress, environment: Surroundings['environment']): string =>
  address.region ?? environment.AWS_REGION ?? defaultRegion;

interface LocalStage {
  readonly system: RunningSystem;
  /** Of a client of AWS, beside the endpoint. */
  readonly settings: {
    readonly region: string;
    readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
  };
}

/**
 * The `npm start` that runs on `PORT`.
 * @param failed what is thrown if none does
 */
export async function findLocalStage(
  { projectDir, environment }: Surroundings,
  failed: (text: string) => Error = (text) => new UsageError(text),
): Promise<LocalStage> {
  const port = environment.PORT ?? defaultPort;
  const system = await findRunningSystem(projectDir, port);
  if (system === undefined)
    throw failed(
      `\`npm start\` of this clone does not run on port ${port}. Start it, or set PORT to its port, such as PORT=3200.`,
    );
  // Who operates the system has no role.
  const { AWS_SECRET_ACCESS_KEY: secretAccessKey = '' } = system.worker;
  return { system, settings: { region, credentials: { ...credentials, secretAccessKey } } };
}
