import { type BenchAws, startBenchAws } from './aws.ts';

/** `startBenchAws` in a process of its own: its CPU time is not that of who calls. */
const aws = await startBenchAws();
const { endpoint, tlsEndpoint, authority } = aws;

/** What the parent asks for. Each is answered by one message. */
export type AwsQuestion =
  | { readonly delayMs: number }
  | 'count'
  | 'sent'
  | { readonly put: unknown; readonly table: string };

process.on('message', (asked: AwsQuestion) => {
  process.send?.(answerOf(asked) ?? null);
});
process.on('disconnect', () => process.exit());
process.send?.({ endpoint, tlsEndpoint, authority } satisfies Partial<BenchAws>);

function answerOf(asked: AwsQuestion): unknown {
  if (asked === 'count') return aws.count();
  if (asked === 'sent') return aws.sent();
  return 'delayMs' in asked ? aws.delay(asked.delayMs) : aws.put(asked.table, asked.put);
}
