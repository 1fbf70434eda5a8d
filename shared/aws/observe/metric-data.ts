import * as z from 'zod/mini';
import { readSigned } from '../clients/signed-call.ts';

interface CloudWatchSettings {
  readonly AWS_REGION: string;
  readonly AWS_ENDPOINT_URL_CLOUDWATCH?: string | undefined;
}

/** https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_MetricDataQuery.html */
interface MetricDataQuery {
  /** Of this call: it begins with a small letter. */
  readonly Id: string;
  readonly MetricStat: {
    readonly Metric: {
      readonly Namespace: string;
      readonly MetricName: string;
      readonly Dimensions: readonly { readonly Name: string; readonly Value: string }[];
    };
    /** Seconds. */
    readonly Period: number;
    readonly Stat: string;
  };
}

export interface MetricDataRequest {
  /** Epoch seconds, as all times of the protocol. */
  readonly StartTime: number;
  readonly EndTime: number;
  /** Each of them has its price. */
  readonly MetricDataQueries: readonly MetricDataQuery[];
}

const result = z.object({
  Id: z.string(),
  Timestamps: z._default(z.array(z.number()), []),
  Values: z._default(z.array(z.number()), []),
});
type MetricDataResult = z.infer<typeof result>;
const answered = z.object({ MetricDataResults: z.array(result), NextToken: z.nullish(z.string()) });

/** Reads metrics of CloudWatch: of each query the newest value first. It may throw whatever it wants. */
export type ReadMetricData = (request: MetricDataRequest) => Promise<readonly MetricDataResult[]>;

/** With the client, each function would have 20 KB more. */
export const signedMetricData =
  ({ AWS_REGION: region, AWS_ENDPOINT_URL_CLOUDWATCH: endpoint }: CloudWatchSettings): ReadMetricData =>
  async (request) => {
    const results: MetricDataResult[] = [];
    let NextToken: string | null | undefined;
    do {
      const input = { ...request, ScanBy: 'TimestampDescending', ...(NextToken ? { NextToken } : {}) };
      const target = 'GraniteServiceVersion20100801.GetMetricData';
      const answer = await readSigned({
        ...{ service: 'monitoring', region, endpoint, version: '1.0', target, input },
      });
      const page = answered.parse(answer);
      results.push(...page.MetricDataResults);
      NextToken = page.NextToken;
    } while (NextToken);
    return results;
  };
