import { endedLink } from '../requests/ended-link-request.ts';
import type { Family } from '../wire/route.ts';

/** The links that are signed: to the page of a job, and to the form for an answer. */
export const links = {
  'POST /ended-links': {
    function: 'api',
    access: 'control',
    operationId: 'endLink',
    summary: 'End a signed link',
    description:
      'A link to the page of a job (its `pageUrl`), or to the form for an answer, is worth nothing from then on, in every copy. All other links stay good. Callers with a credential see the job as before. The answer to a repetition is the same.',
    tag: 'jobs',
    body: {
      schema: {
        id: 'EndedLink',
        schema: endedLink,
        text: 'The link that is to end.',
        fields: { url: 'The whole address, as it was given.' },
      },
      examples: {
        page: {
          url: 'https://jobs.example.com/ui/jobs/5f0c3ad6-2e1b-4c9f-9a53-0d6c6b8f7a11?grant=20827.mifj9a5y.Zk3n1mXv8Qw5rT7yUo2pLs4dGh6jKb9cNe0aFi3tRwM',
        },
      },
    },
    answers: { 204: { description: 'The link has ended.' } },
    problems: ['not-found'],
  },
} as const satisfies Family;
