import { describe, expect, test } from '@jest/globals';
import { jobUrls } from '../../../../shared/http/job-urls.ts';
import { aRootEntry } from '../../../set-ups/access.ts';
import { aQueuedItem, aRequest, jobId } from '../../../set-ups/samples.ts';

describe('the URL of a job', () => {
  const https = { host: 'h.example', 'x-forwarded-proto': 'https' };
  test.each([
    [
      'is at the root of the host on the default stage',
      aRequest({ rawPath: '/jobs', headers: https }),
      `https://h.example/jobs/${jobId}`,
    ],
    [
      'is below the stage if the request path is',
      aRequest({ rawPath: '/dev/jobs', stage: 'dev', headers: https }),
      `https://h.example/dev/jobs/${jobId}`,
    ],
    [
      'is at the root of a custom domain that does not show the stage',
      aRequest({ rawPath: '/jobs', stage: 'dev', headers: https }),
      `https://h.example/jobs/${jobId}`,
    ],
    [
      'is at the root if the request path only starts with the letters of the stage',
      aRequest({ rawPath: '/devices', stage: 'dev', headers: https }),
      `https://h.example/jobs/${jobId}`,
    ],
    [
      'has the scheme http if no proxy set a scheme',
      aRequest({ headers: { host: 'localhost:3000' } }),
      `http://localhost:3000/jobs/${jobId}`,
    ],
    [
      'has the domain name of the API if there is no Host header',
      aRequest({ headers: { 'x-forwarded-proto': 'https' } }),
      `https://domain.example.com/jobs/${jobId}`,
    ],
  ])('%s', (_what, request, url) => {
    const { statusUrl, pageUrl } = jobUrls(request, aQueuedItem(), { root: aRootEntry(), retentionDays: 15 });
    expect(statusUrl).toBe(url);
    expect(pageUrl.replace(/\?grant=[\w.-]+$/, '')).toBe(url.replace('/jobs/', '/ui/jobs/'));
  });
});
