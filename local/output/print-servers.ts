import { type CloudWatchServer, JobLines, startCloudWatch } from './cloudwatch-server.ts';
import { startMailServer } from './mail-server.ts';
import { MetricRing } from './metric-ring.ts';

/** What functions print, count and mail goes to the window of `npm start`, and to what asks CloudWatch for it. */
export interface PrintServers {
  readonly lines: JobLines;
  readonly numbers: MetricRing;
  readonly cloudWatchEndpoint: CloudWatchServer['endpoint'];
  readonly sesEndpoint: string;
  stop(): Promise<void>;
}

/**
 * Starts the CloudWatch and the SES of this machine.
 * @param allowedHosts names of this machine besides those of the loopback interface
 */
export async function startPrintServers(allowedHosts: readonly string[]): Promise<PrintServers> {
  const printed = { lines: new JobLines(), numbers: new MetricRing() };
  const [cloudWatch, ses] = await Promise.all([
    startCloudWatch(printed, allowedHosts),
    startMailServer((text) => console.log(text), allowedHosts),
  ]);
  return {
    ...printed,
    cloudWatchEndpoint: cloudWatch.endpoint,
    sesEndpoint: ses.endpoint,
    async stop() {
      await Promise.all([cloudWatch.stop(), ses.stop()]);
    },
  };
}
