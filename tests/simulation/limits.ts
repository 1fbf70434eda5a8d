/** The settings of a simulated deployment. */
export interface Figures {
  readonly leaseMs: number;
  readonly heartbeatMs: number;
  readonly functionTimeoutMs: number;
  readonly visibilityMs: number;
  readonly changeVisibilityBeforeClaim: boolean;
  readonly batchSize: number;
  /** How many seconds "at once" are: few enough to come much too early, and enough to keep a run short. */
  readonly atOnceSeconds: number;
}

/** Like the standard queue, with shorter leases: a zombie must outlive its lease. */
export const standardFigures: Figures = {
  leaseMs: 20_000,
  heartbeatMs: 6_000,
  functionTimeoutMs: 60_000,
  visibilityMs: 360_000,
  changeVisibilityBeforeClaim: false,
  batchSize: 10,
  atOnceSeconds: 2,
};

/** Like the long queue, with heartbeats so far apart that each of six hours' can be disturbed. */
export const longFigures: Figures = {
  leaseMs: 610_000,
  heartbeatMs: 300_000,
  functionTimeoutMs: 900_000,
  visibilityMs: 900_000,
  changeVisibilityBeforeClaim: true,
  batchSize: 1,
  atOnceSeconds: 900,
};

/** The long queue as it is deployed. */
export const deployedFigures: Figures = { ...longFigures, leaseMs: 60_000, heartbeatMs: 20_000 };

/** For a run of more than 12 hours, with heartbeats so far apart that each can be disturbed. */
export const dayFigures: Figures = { ...longFigures, leaseMs: 75 * 60_000, heartbeatMs: 30 * 60_000 };

/** For jobs that wait for each other. */
export const waitingFigures: Figures = { ...standardFigures, atOnceSeconds: 12 };

export const retentionMs = 15 * 24 * 3600 * 1000;
/** Of children: another time than that of jobs, so that a rule tells which one was taken. */
export const keepChildrenMs = 16 * 24 * 3600 * 1000;
/** For how long a job waits whose type is gone: with few looks. */
export const unknownTypeMs = 60_000;
export const maxReceiveCount = 1000;
/** The maximum difference between the clocks of two workers. */
export const maxSkewMs = 5_000;

/** A message that comes more often is received in a hot loop. */
export const maxReceivesAnHour = 40;

/** Parts are so small that a job of seconds has several. */
export const simulatedPartBytes = 16;

/** How long table or queues do not answer. */
export const outageMs = 4 * 60_000;

/** In chaos each of six calls before a claim may take four seconds: a job with limits looks for a start, at a line and at places. */
export const slowCallsMs = 6 * 4_000;
