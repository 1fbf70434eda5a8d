import type { JobLine } from '../../shared/domain/observe/job-line.ts';

const ended: JobLine['message'] = 'attempt ended';
const started: JobLine['message'] = 'attempt started';
const jobEnded: JobLine['message'] = 'job ended';
const done: JobLine['message'] = 'operation done';

/**
 * Queries of CloudWatch Logs Insights over the lines of attempts, jobs and operations, by name. `$id` stands for what
 * the reader puts in. A test compares each field with those that the lines have. That of all lines of a job is in
 * docs/runbook.md.
 */
export const logQueries = {
  'who did what to a job': `filter message = "${done}" and jobId = "$id" | sort @timestamp | display @timestamp, operation, actor, tenant, status`,
  'what somebody did': `filter message = "${done}" and actor = "$id" | stats count() by operation, type`,
  'by type: attempts and their time': `filter message = "${ended}" | stats count() as attempts, pct(durationMs, 50) as p50, pct(durationMs, 95) as p95, sum(durationMs) as total by queue, type`,
  'by type: start delay': `filter message = "${started}" and ispresent(startDelayMs) | stats count() as starts, pct(startDelayMs, 50) as p50, pct(startDelayMs, 95) as p95 by queue, type`,
  'by type: failures': `filter outcome in ["failed", "retrying", "late", "exhausted", "unclaimed", "forgotten"] | stats count() as failures, sum(last) as final by type, outcome, errorName | sort failures desc`,
  'by tenant: jobs that ended': `filter last = 1 and message in ["${ended}", "${jobEnded}"] | stats count() as jobs by tenant, type, status | sort jobs desc`,
  'by type, or `tenant` in its place: what attempts have used': `filter message = "${ended}" and ispresent(mbMs) | stats sum(mbMs) / 1024000 as gbSeconds, count() as attempts by place, type | sort gbSeconds desc`,
  'jobs that failed for good': `filter last = 1 and status = "failed" | sort @timestamp desc | display @timestamp, tenant, type, jobId, outcome, errorName, attempt`,
} as const;
