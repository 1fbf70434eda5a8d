import { readUploads, saveStates, signUploads, writeResults } from '../shared/aws/uses/capabilities.ts';
import { readEnvironment } from '../shared/aws/uses/environment.ts';

/** The environment of a function that uses objects. @param endpoint of an emulator; without one the bucket is on AWS */
export const bucketEnvironment = (name: string, endpoint?: string) =>
  readEnvironment(
    { readUploads, saveStates, signUploads, writeResults },
    { BUCKET_NAME: name, AWS_REGION: 'eu-central-1', AWS_ENDPOINT_URL_S3: endpoint },
  );
