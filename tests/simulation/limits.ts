/** What a simulated deployment runs with. */
export interface Figures {
  readonly leaseMs: number;
  readonly heartbeatMs: number;
  readonly functionTimeoutMs: number;
  readonly visibilityMs: number;
  readonly changeVisibilityBeforeClaim: boolean;
  readonly batchSize: number;
  /** How soon "at once" is: often enough to come much too early, and seldom enough to be played. */
  readonly atOnceSeconds: number;
  /** Messages that wait for other jobs never come back by themselves: no wake may be lost. */
  readonly onlyWakes?: boolean;
}

/** As the standard queue, but for shorter leases: a zombie has to live to see its lease run out. */
export const standardFigures: Figures = {
  leaseMs: 20_000,
  heartbeatMs: 6_000,
  functionTimeoutMs: 60_000,
  visibilityMs: 360_000,
  changeVisibilityBeforeClaim: false,
  batchSize: 10,
  atOnceSeconds: 1,
};

/** As the long queue, with heartbeats so far apart that six hours have few enough of them to disturb each. */
export const longFigures: Figures = {
  leaseMs: 610_000,
  heartbeatMs: 300_000,
  functionTimeoutMs: 900_000,
  visibilityMs: 5_400_000,
  changeVisibilityBeforeClaim: true,
  batchSize: 1,
  atOnceSeconds: 900,
};

/** As the long queue is deployed. */
export const deployedFigures: Figures = { ...longFigures, leaseMs: 60_000, heartbeatMs: 20_000 };

/** Of jobs that wait for each other. */
export const waitingFigures: Figures = { ...standardFigures, atOnceSeconds: 12, onlyWakes: true };

export const retentionMs = 15 * 24 * 3600 * 1000;
export const maxReceiveCount = 1000;
/** The clocks of two workers differ by no more than this. */
export const maxSkewMs = 5_000;
