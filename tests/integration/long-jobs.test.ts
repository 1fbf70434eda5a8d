import { afterAll } from '@jest/globals';
import { type OtlpReceiver, otlpIsInstalled, startOtlpReceiver } from '../stand-ins/otlp-receiver.ts';
import { describeControl, describeKeptMessages } from './control.suite.ts';
import { describeNotifications } from './notifications.suite.ts';
import { describeRestoredTable } from './restored-table.suite.ts';
import { describeSlices } from './slices.suite.ts';
import { describeStreamedResults } from './streamed-result.suite.ts';
import { describeSubjects } from './subjects.ts';
import { describeTraces } from './traces.suite.ts';

/** Where it is installed, all of these jobs have spans. */
const receiver: Promise<OtlpReceiver> | undefined = otlpIsInstalled() ? startOtlpReceiver() : undefined;
afterAll(async () => (await receiver)?.stop());

describeSubjects(
  {
    slices: describeSlices,
    'streamed results': describeStreamedResults,
    control: describeControl,
    'kept messages': describeKeptMessages,
    'a restored table': describeRestoredTable,
    notifications: describeNotifications,
    ...(receiver ? { traces: describeTraces(receiver) } : {}),
  },
  async () => {
    const { endpoint = '' } = (await receiver) ?? {};
    return { environment: { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint } };
  },
);
