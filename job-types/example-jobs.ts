/** Two jobs that a caller may submit: the API's document shows them, and `npm start` shows one when it is ready. */
export const exampleJobs = {
  one: {
    type: 'send-email',
    payload: { to: 'jane@example.com', subject: 'Your report', text: 'It is ready.' },
    result: { outcome: 'accepted', messageId: '0107019a3f5c7d21-5f0c3ad6-000000' },
  },
  other: {
    type: 'send-email',
    payload: {
      to: 'john@example.com',
      subject: 'Your order',
      text: 'It is on its way.',
      replyTo: 'shop@example.com',
    },
  },
} as const;
