import * as z from 'zod/mini';
import type { Family } from '../wire/route.ts';

/** The API itself. */
export const service = {
  'GET /openapi.json': {
    function: 'api',
    access: 'open',
    operationId: 'getDocument',
    summary: 'Fetch this document',
    tag: 'service',
    answers: {
      200: {
        description: 'This document: with the job types for who shows an API key.',
        headers: ['Cache-Control'],
        schema: z.record(z.string(), z.unknown()),
      },
    },
  },
  'GET /health': {
    function: 'api',
    access: 'open',
    operationId: 'getHealth',
    summary: 'Ask whether the API is healthy',
    tag: 'service',
    answers: {
      200: {
        description: 'It reaches its table.',
        headers: ['Cache-Control'],
        schema: {
          id: 'Health',
          schema: z.object({ status: z.literal('ok') }),
          text: 'The API can do its work.',
        },
        examples: { healthy: { status: 'ok' } },
      },
    },
  },
  'GET /problems/{name}': {
    function: 'api',
    access: 'open',
    operationId: 'explainProblem',
    summary: 'Read what a kind of problem means',
    tag: 'service',
    answers: {
      200: {
        description: 'A page for people.',
        headers: ['Cache-Control'],
        schema: z.string(),
        mediaType: 'text/html',
      },
    },
    problems: ['not-found'],
  },
} as const satisfies Family;
