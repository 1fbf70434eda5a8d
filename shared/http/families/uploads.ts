import { uploadRequest, uploadResponse } from '../requests/upload-request.ts';
import type { Family } from '../wire/route.ts';

/** Objects that payloads name. */
export const uploads = {
  'POST /uploads': {
    function: 'api',
    access: 'submit',
    operationId: 'createUpload',
    summary: 'Upload an object',
    description:
      'Answers with a name for the object, and with a request that takes its bytes: send it within 15 minutes, with these headers, and without a credential. A payload names the object.',
    tag: 'jobs',
    body: {
      schema: { id: 'UploadOrder', schema: uploadRequest, text: 'How many bytes are to be uploaded.' },
      examples: { csv: { bytes: 1_048_576, contentType: 'text/csv' } },
    },
    answers: {
      201: {
        description: 'The upload can begin.',
        schema: {
          id: 'Upload',
          schema: uploadResponse,
          text: 'Where to send the bytes, and the name of the object.',
        },
        examples: {
          csv: {
            object:
              'uploads/PeEoLvu204zpwmR54XZ2WA/2026-11-25/5f0c3ad6-2e1b-4c9f-9a53-0d6c6b8f7a11.kq3vN0pYv7t1Xw5rJ2mLh8',
            upload: {
              method: 'PUT',
              url: 'https://bucket.s3.eu-central-1.amazonaws.com/uploads/PeEoLvu204zpwmR54XZ2WA/2026-11-25/5f0c3ad6-2e1b-4c9f-9a53-0d6c6b8f7a11.kq3vN0pYv7t1Xw5rJ2mLh8?X-Amz-Signature=...',
              headers: { 'content-length': '1048576', 'content-type': 'text/csv', 'if-none-match': '*' },
            },
            expiresAt: '2026-11-25T16:47:33.526Z',
          },
        },
      },
    },
    problems: ['tenant-suspended'],
  },
} as const satisfies Family;
