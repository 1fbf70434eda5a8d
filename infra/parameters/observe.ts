import { isPlainAddress } from '../../shared/domain/notify/mail-rules.ts';
import { isHttps, oneOf, orNothing, type Parameters, secretPattern, yesOrNo } from './parameter.ts';
import { shifts } from './shifts.ts';

/** The values that CloudWatch Logs accepts. */
const retentions = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
];

/** What a stage writes about itself, and who hears of troubles. */
export const observeParameters: Parameters = {
  logLevel: { ...oneOf('DEBUG', 'INFO', 'WARN', 'ERROR'), says: 'the least level that is logged' },
  logRetentionDays: { ...oneOf(...retentions), says: 'how long logs are kept' },
  watch: {
    ...oneOf('core', 'off'),
    default: 'core',
    says: '[alarms](incidents.md), and who looks for troubles',
  },
  alarmMail: {
    accepts: (value) => value === '' || isPlainAddress(value),
    use: 'a mail address, such as on-call@example.com; or nothing',
    says: '[who hears of troubles](incidents.md)',
  },
  alarmWebhook: {
    accepts: (value) => value === '' || isHttps(value),
    use: 'an https address that confirms subscriptions of SNS; or nothing',
    default: '',
    says: 'a pager that hears of troubles',
  },
  canary: {
    ...oneOf('off', ...Object.keys(shifts)),
    says: '[a part of the calls](next-deployment.md#a-canary) goes to a new version first',
  },
  metrics: { ...yesOrNo, default: true, says: '[metrics](observe.md#metrics) of CloudWatch, by queue' },
  metricsByType: {
    ...yesOrNo,
    default: false,
    says: 'the same by job type; [their price](cost.md#logs-and-metrics)',
  },
  keepLogs: {
    ...yesOrNo,
    default: false,
    says: '[the last lines of jobs](observe.md#lines-with-the-job) whose contract has no `keepLog` stay with the job',
  },
  otlpEndpoint: {
    accepts: (value) =>
      value === '' || (/^https?:\/\/[^/?#@]+(\/[^?#]*)?$/.test(value) && URL.canParse(value)),
    use: 'the address of a receiver of OTLP over HTTP without /v1/traces, such as http://localhost:4318; or nothing',
    default: '',
    says: 'where [traces](observe.md#traces) go',
  },
  otlpHeaders: {
    ...orNothing(
      secretPattern,
      'where a secret with the headers is, such as ssm:/jobs/otlp or secretsmanager:jobs/otlp',
    ),
    default: '',
    says: 'the headers that this receiver wants',
  },
  traceRatio: {
    accepts: (value) => /^(0(\.\d+)?|1(\.0+)?)$/.test(value),
    use: 'a number from 0 to 1, such as 0.1',
    default: 1,
    says: 'the part of the traces that is kept, of those that no caller has begun',
  },
};
