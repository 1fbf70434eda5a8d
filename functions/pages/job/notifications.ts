import { unreachable } from '../../../shared/domain/base/errors.ts';
import type { NotifyTarget } from '../../../shared/domain/notify/notification.ts';
import type { JobResponse } from '../../../shared/http/responses/job-response.ts';
import { foreign, type Html, html } from '../html/html.ts';

type Notification = NonNullable<JobResponse['notification']>[number];

/** Who is told of the job's end, and how it is with that. Of a web address only the host: the rest may be a secret. */
export const notifications = ({ notification }: JobResponse): Html | undefined =>
  notification &&
  html`<ul class="jobs">${notification.map((one) => html`<li>${whom(one.target)}: ${howItIs(one)}</li>`)}</ul>`;

function whom(target: NotifyTarget): Html | string {
  if ('url' in target) return html`webhook to ${foreign(hostOf(target.url))}`;
  return 'email' in target ? html`mail to ${foreign(target.email)}` : 'event';
}

const hostOf = (url: string): string => (URL.canParse(url) ? new URL(url).host : 'an address');

function howItIs({ status, attempts, lastError }: Notification): Html | string {
  const after = attempts === 1 ? 'after one attempt' : `after ${attempts} attempts`;
  switch (status) {
    case 'delivered':
      return 'delivered';
    case 'failed':
      return html`given up ${after}${lastError !== undefined && html`: ${foreign(lastError)}`}`;
    case 'pending':
      return attempts === 0
        ? 'not yet'
        : html`not yet, ${after}${lastError !== undefined && html`: ${foreign(lastError)}`}`;
    default:
      return unreachable(status);
  }
}
