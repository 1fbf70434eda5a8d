import { measured } from './measured.ts';
import { type PriceName, priceOf, type Region } from './price-list.ts';

/** What an hour of jobs costs somewhere. */
export interface JobHour {
  readonly name: string;
  readonly usd: number;
  readonly note: string;
  readonly prices: readonly PriceName[];
}

const gb = measured.memory.longWorker / 1024;
/** What `longWorker` has for a slice, of which it leaves some. */
const sliceSeconds = 880;

/** An hour of a job that keeps one vCPU busy and needs 2 GB, with its heartbeats. */
export function jobHours(region: Region): readonly JobHour[] {
  const cost = (name: PriceName, amount: number): number => {
    const { usd, per } = priceOf(region, name);
    return (amount * usd) / per;
  };
  const common = ['writeUnit', 'request', 'fairRequest'] as const;
  const requests = (count: number): number => cost('request', count) + cost('fairRequest', count);
  const heartbeats = 3600 / measured.heartbeatSeconds;
  const beats = cost('writeUnit', heartbeats) + requests(heartbeats);
  // Each slice is an invocation: its message is received, claimed and made visible again, by two writes.
  const slices = 3600 / sliceSeconds;
  const handing = cost('writeUnit', 2 * slices) + requests(3 * slices) + cost('invocation', slices);
  const address = cost('addressHour', 1);
  return [
    {
      name: 'Lambda, in slices',
      usd: cost('gbSecond', gb * 3600) + handing + beats,
      note: `${gb} GB, ${slices.toFixed(1)} slices`,
      prices: ['gbSecond', 'invocation', ...common],
    },
    {
      name: 'Fargate',
      usd: cost('vcpuHour', 1) + cost('gbHour', gb) + address + beats,
      note: `1 vCPU, ${gb} GB, a public address`,
      prices: ['vcpuHour', 'gbHour', 'addressHour', ...common],
    },
    {
      name: 'Fargate Spot',
      usd: cost('spotVcpuHour', 1) + cost('spotGbHour', gb) + address + beats,
      note: 'the same at 70 % less, but for the address: the best case',
      prices: ['spotVcpuHour', 'spotGbHour', 'addressHour', ...common],
    },
    {
      name: 'EC2 `m7g.large`',
      usd: (cost('instanceHour', 1) + address) / 2 + beats,
      note: 'two jobs at a time on 2 vCPU, 8 GB, always busy',
      prices: ['instanceHour', 'addressHour', ...common],
    },
  ];
}
