import { oneOf, orNothing, type Parameters, whole } from './parameter.ts';

/** Steps of a scaling policy: a quota of Application Auto Scaling. */
const maxTasks = 20;

const gb = 1024;
const everyGb = (from: number, to: number, step = 1): readonly number[] =>
  Array.from({ length: (to - from) / step + 1 }, (_, index) => (from + index * step) * gb);

/** How much memory, in MB, Fargate has for how many units of CPU, of which 1024 are one vCPU. */
const memoryOf: Readonly<Record<string, readonly number[]>> = {
  256: [gb / 2, gb, 2 * gb],
  512: everyGb(1, 4),
  1024: everyGb(2, 8),
  2048: everyGb(4, 16),
  4096: everyGb(8, 30),
  8192: everyGb(16, 60, 4),
  16384: everyGb(32, 120, 8),
};

/** A deployment that has the text of the one before would leave the old image running. So `latest` is no tag. */
const image = /^[a-z0-9][\w.:-]*(\/[a-z0-9._-]+)+(:(?!latest$)\w[\w.-]*|@sha256:[0-9a-f]{64})$/;

const anImage =
  'an image with a tag of its own, such as 123456789012.dkr.ecr.eu-central-1.amazonaws.com/job-worker:v1';

/** Who runs the jobs of the queue server. docs/servers.md says how. */
export const serverParameters: Parameters = {
  servers: {
    ...oneOf('none', 'own', 'fargate'),
    says: '[who runs jobs that fit no function](servers.md); with `none` they are refused',
  },
  serversImage: { ...orNothing(image, anImage), default: '', says: 'the image of `fargate`' },
  serversMax: { ...whole(1, maxTasks), default: 4, says: 'tasks of `fargate`, each with one job' },
  serversCpu: {
    ...oneOf(...Object.keys(memoryOf)),
    default: 1024,
    says: 'of each task; 1024 are one vCPU',
  },
  serversMemory: {
    ...whole(gb / 2),
    default: 4 * gb,
    says: "MB of each task; a type's `maxMemoryMb` and 512 must fit in",
  },
  serversSpotWeight: {
    ...whole(0, 1000),
    default: 1,
    says: 'so many tasks on Spot for each one that is not',
  },
};

/** What is wrong with the servers of a stage, if it is to have some on Fargate. */
export function problemsOfServers(parameters: Readonly<Record<string, unknown>>): readonly string[] {
  const { servers, serversImage, serversCpu, serversMemory } = parameters;
  const hasImage = (serversImage ?? '') !== '';
  if (servers !== 'fargate')
    return hasImage
      ? [`serversImage is set, and servers is ${servers}. Use servers=fargate, or no image.`]
      : [];
  const memory = memoryOf[String(serversCpu)];
  return [
    ...(hasImage ? [] : [`serversImage is empty, and servers is fargate. Use ${anImage}.`]),
    ...(memory === undefined || memory.includes(Number(serversMemory))
      ? []
      : [
          `serversMemory is ${serversMemory}, which Fargate does not have for a serversCpu of ${serversCpu}. Use ${oneOf(...memory).use}.`,
        ]),
  ];
}
