/** The figures that the simulated deployment runs with: all shorter than the real ones, in the same proportions. */
export const leaseMs = 20_000;
export const heartbeatMs = 6_000;
export const functionTimeoutMs = 60_000;
export const visibilityMs = 6 * functionTimeoutMs;
export const retentionMs = 15 * 24 * 3600 * 1000;
export const maxReceiveCount = 1000;
/** The clocks of two workers differ by no more than this. */
export const maxSkewMs = 5_000;
