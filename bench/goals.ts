/** What is to be reached: a ratio of ours to another contender, for a figure of `npm run bench`. */
export interface Goal {
  readonly name: string;
  readonly to: string;
  readonly atMost?: number;
  readonly atLeast?: number;
}

const atMost = (name: string, bare: number, stock: number): readonly Goal[] => [
  { name, to: 'bare', atMost: bare },
  { name, to: 'stock', atMost: stock },
];

export const goals: readonly Goal[] = [
  ...atMost('submit: bundle', 0.45, 0.2),
  ...atMost('worker: bundle', 0.75, 0.3),
  ...atMost('status: bundle', 0.4, 0.15),
  ...atMost('submit: cold start, TLS', 0.75, 0.6),
  ...atMost('job, alone: cold start, TLS', 0.8, 0.6),
  ...atMost('status: cold start, TLS', 0.7, 0.55),
  ...atMost('submit: CPU, TLS', 0.75, 0.6),
  ...atMost('job, in tens: CPU, TLS', 1, 0.5),
  ...atMost('job, alone: CPU, TLS', 1.2, 0.5),
  ...atMost('status: CPU, TLS', 0.75, 0.6),
  ...atMost('job, in tens: wall, 20 ms a call', 1.15, 0.8),
  ...[1, 10, 50].map((count) => ({ name: `jobs over HTTP, ${count} in flight`, to: 'bare', atLeast: 0.9 })),
];

export const isMet = ({ atMost: high = Number.POSITIVE_INFINITY, atLeast: low = 0 }: Goal, reached: number) =>
  reached <= high && reached >= low;
