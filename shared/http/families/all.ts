import { actions } from './actions.ts';
import { children } from './children.ts';
import { errors } from './errors.ts';
import { jobTypes } from './job-types.ts';
import { jobs } from './jobs.ts';
import { links } from './links.ts';
import { lists } from './lists.ts';
import { manyJobs } from './many-jobs.ts';
import { me } from './me.ts';
import { operatorViews } from './operations.ts';
import { other, pages } from './pages.ts';
import { pauses } from './pauses.ts';
import { queues } from './queues.ts';
import { schedules } from './schedules.ts';
import { service } from './service.ts';
import { uploads } from './uploads.ts';

/** The routes of programs, in the order of the OpenAPI document. */
export const operations = {
  ...jobs,
  ...children,
  ...lists,
  ...errors,
  ...schedules,
  ...manyJobs,
  ...actions,
  ...uploads,
  ...links,
  ...me,
  ...queues,
  ...pauses,
  ...operatorViews,
  ...jobTypes,
  ...service,
};

/** Every route of the HTTP API. */
export const families = { ...operations, ...pages, ...other };
