/**
 * What AWS takes, in US dollars: on demand, without the free tier. Compared with its price list, as docs/cost.md says.
 * Prices change: https://aws.amazon.com/lambda/pricing/ and https://aws.amazon.com/fargate/pricing/
 */
export const prices = {
  asOf: '2026-11',
  region: 'us-east-1',
  /** A GB-second on Lambda, arm64. */
  functionGbSecond: 0.0000133334,
  /** On Fargate, Linux on ARM: a vCPU and 1 GB for an hour. */
  serverVcpuHour: 0.03238,
  serverGbHour: 0.00356,
  /** A stage's tasks have so many, if it sets nothing else. */
  serverGbOfVcpu: 4,
} as const;

const serverGbSecond = (prices.serverVcpuHour / prices.serverGbOfVcpu + prices.serverGbHour) / 3_600;

/** What so much computing costs, milliseconds x MB, in dollars: rounded to a hundred-millionth. */
export const computingUsd = (mbMs: number, serverMbMs = 0): number =>
  Math.round(((mbMs * prices.functionGbSecond + serverMbMs * serverGbSecond) / 1_024_000) * 1e8) / 1e8;
