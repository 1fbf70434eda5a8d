import { isPlainAddress } from '../../shared/domain/notify/mail-rules.ts';
import type { NotifyTarget } from '../../shared/domain/notify/notification.ts';
import { readTargets } from '../../shared/domain/notify/stage-setup.ts';
import { allowedHostsIn } from '../../shared/domain/notify/webhook-url.ts';
import { violationsOfTargets } from '../../shared/operations/submit/check-targets.ts';
import { listOf, type Parameters, type StageParameters } from './parameter.ts';

/** Which hosts are allowed, and whether mail may be sent, depends on other parameters. */
const isTarget = (target: NotifyTarget): boolean => {
  if ('url' in target) return URL.canParse(target.url);
  return 'event' in target || isPlainAddress(target.email);
};

/** Who is told that a job has ended, and how. */
export const noticeParameters: Parameters = {
  notify: {
    accepts: (value) => readTargets(value).every(isTarget),
    use: 'a comma list of web addresses, mail addresses and the word event; or nothing',
    default: '',
    says: '[who is told](notifications.md) of the end of each job',
  },
  eventBus: {
    accepts: (value) => /^[\w./-]{0,256}$/.test(value),
    use: 'the name of an EventBridge bus of this account and region, such as default; or nothing',
    default: '',
    says: 'the EventBridge bus that gets [an event](notifications.md) for each end of a job',
  },
  webhookHosts: {
    accepts: (value) => listOf(value).every((host) => /^[a-z0-9.-]+(:\d{1,5})?$/.test(host)),
    use: 'a comma list of hosts in lower case, such as hooks.internal or 10.0.0.7:8080; or nothing',
    default: '',
    says: 'hosts that webhooks may go to although they are not public',
  },
  mailFrom: {
    accepts: (value) => value === '' || isPlainAddress(value),
    use: 'an address of an identity that SES has verified, such as jobs@example.com; or nothing',
    says: 'who sends [mail](send-email.md); `npm run keys -- mail` says to where a tenant may send',
  },
};

/** Whom the stage tells of every job must be somebody whom the stage can tell. */
export function problemsOfNotify(parameters: StageParameters): readonly string[] {
  const text = (name: string): string => String(parameters[name] ?? '');
  const targets = readTargets(text('notify'));
  const rules = {
    given: new Set(['mailFrom', 'eventBus'].filter((name) => text(name) !== '')),
    allowedHosts: allowedHostsIn(text('webhookHosts')),
    notify: targets,
    places: [],
  };
  return violationsOfTargets(targets, rules).map(
    ({ index, detail }) => `notify has ${JSON.stringify(targets[index])}: ${detail}.`,
  );
}
