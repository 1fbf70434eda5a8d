import { meResponse } from '../responses/me-response.ts';
import { webhookSecretQuery, webhookSecretResponse } from '../responses/webhook-secret-response.ts';
import type { Family } from '../wire/route.ts';

const aUrl = 'https://hooks.example.com/jobs';
const aSecret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYo=';

/** Who calls, and what the tenant alone knows. */
export const me = {
  'GET /me': {
    function: 'api',
    access: 'caller',
    operationId: 'getMe',
    summary: 'Ask whom the credential stands for',
    tag: 'service',
    answers: {
      200: {
        description: 'Its tenant and its rights.',
        headers: ['Cache-Control'],
        schema: {
          id: 'Me',
          schema: meResponse,
          text: 'Who the credential of a request stands for.',
          fields: {
            tenant: 'Whose jobs it sees.',
            rights: 'What it may do.',
            key: 'The API key, if that is the credential: its id, and when it expires.',
            limits:
              'The limits of the tenant, and how much of each is left now. A limit that there is not is absent.',
          },
        },
        examples: {
          key: {
            tenant: 'acme',
            rights: ['submit', 'read'],
            key: { id: 'k4Q9r8GKYqrTwjUP', expiresAt: '2027-11-26T16:32:33.526Z' },
            limits: { jobsPerMinute: { max: 600, remaining: 588 } },
          },
        },
      },
    },
  },
  'GET /webhook-secret': {
    function: 'api',
    access: 'admin',
    operationId: 'getWebhookSecret',
    summary: 'Fetch the webhook secret of a receiver',
    description:
      'What the webhooks of your tenant to an address are signed with, as Standard Webhooks has it. Each address has a secret of its own, from before the first webhook on. After a rotation webhooks have two signatures for a time: `previous` is the secret of the other one.',
    tag: 'service',
    query: {
      schema: webhookSecretQuery,
      parameters: {
        url: {
          text: 'The address of the receiver, as jobs name it in `notify`. Its query does not matter: it may differ from job to job.',
          example: 'https://hooks.example.com/jobs',
        },
      },
    },
    answers: {
      200: {
        description: 'The secret. Keep it where only receivers read it.',
        headers: ['Cache-Control'],
        schema: {
          id: 'WebhookSecret',
          schema: webhookSecretResponse,
          text: 'What webhooks to an address are signed with: `whsec_` and base64.',
          fields: { url: 'The address, without its query.' },
        },
        examples: {
          one: { url: aUrl, secret: aSecret },
          rotated: {
            url: aUrl,
            secret: 'whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oDC2FVsBQIhro=',
            previous: { secret: aSecret, until: '2026-11-26T16:32:33.526Z' },
          },
        },
      },
    },
  },
} as const satisfies Family;
