import { defaultPort, findRunningSystem, isRunning } from '../local/machine/running-system.ts';
import { defaultRegion } from '../shared/aws/observe/stack.ts';
import { readStageOutputs, StageNotFoundError } from './stage-outputs.ts';

type Environment = Readonly<Record<string, string | undefined>>;

interface Asking {
  readonly stage: string | undefined;
  readonly environment: Environment;
  readonly projectDir: string;
}

export interface Found {
  /** That of a worker of the stage. */
  readonly environment: Environment;
  /** The process id of `npm start`, if it is that. */
  readonly systemPid?: number;
}

/**
 * Finds out which stage the server is for: the one that is named, or the one that the environment has the variables of,
 * or the `npm start` of this project that runs on `PORT`.
 * @throws StageNotFoundError
 */
export async function findEnvironment({ stage, environment, projectDir }: Asking): Promise<Found> {
  const region = environment.AWS_REGION ?? environment.AWS_DEFAULT_REGION ?? defaultRegion;
  if (stage !== undefined && stage !== 'local')
    return { environment: { ...environment, ...(await readStageOutputs(stage, region)) } };
  if (stage === undefined && environment.TABLE_NAME !== undefined) return { environment };
  const port = environment.PORT ?? defaultPort;
  const system = await findRunningSystem(projectDir, port);
  if (!system)
    throw new StageNotFoundError(
      `\`npm start\` does not run on port ${port}. Start it, or name its port (PORT=3200 npm run worker), or name a deployed stage: npm run worker -- --stage dev`,
    );
  // The user's own account must not be reached.
  const own = Object.entries(environment).filter(([name]) => !name.startsWith('AWS_'));
  return { environment: { ...Object.fromEntries(own), ...system.worker }, systemPid: system.pid };
}

const checkMs = 1_000;

/**
 * Watches the `npm start` that a server receives from. A new one has other addresses, also on the same port.
 * @param onEnd called once, when that process has ended
 */
export function watchSystem(pid: number, onEnd: () => void): void {
  const timer = setInterval(() => {
    if (isRunning(pid)) return;
    clearInterval(timer);
    onEnd();
  }, checkMs);
  timer.unref();
}
