import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { GetObjectCommand, NoSuchKey, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import type { SourceMaps } from '../../shared/domain/observe/log-line.ts';
import type { SdkConfig } from '../template/serverless.ts';
import { findBucket } from './upload-scripts.ts';

const ending = '.map.gz';
const unpacked = (bytes: Uint8Array): string => gunzipSync(bytes).toString();

/** The source maps that infra/packaging/source-maps.cjs has written into a folder. */
export const mapsIn = (folder: string): SourceMaps => ({
  async read(bundle) {
    const packed = await readFile(join(folder, `${bundle}${ending}`)).catch(() => undefined);
    return packed && unpacked(packed);
  },
});

/** Those of all deployments of a stage. */
export async function mapsOf(stackName: string, config: SdkConfig): Promise<SourceMaps> {
  const Bucket = await findBucket(stackName, config);
  const s3 = new S3Client(config);
  return {
    async read(bundle) {
      try {
        const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key: `maps/${bundle}${ending}` }));
        return Body && unpacked(await Body.transformToByteArray());
      } catch (error) {
        if (error instanceof NoSuchKey) return undefined;
        throw error;
      }
    },
  };
}

/**
 * Puts the source maps of a folder into a stage's bucket, where functions look for them (shared/aws/objects/source-maps.ts). A
 * name has the hash of its bundle, so what is there stays, and so do those of older deployments.
 */
export async function uploadMaps(folder: string, stackName: string, config: SdkConfig): Promise<void> {
  const names = await readdir(folder).catch(() => []);
  if (names.length === 0) return;
  const Bucket = await findBucket(stackName, config);
  const s3 = new S3Client(config);
  try {
    for (const name of names) {
      const Body = await readFile(join(folder, name));
      const map = { Bucket, Key: `maps/${name}`, Body, ContentType: 'application/gzip', IfNoneMatch: '*' };
      await s3.send(new PutObjectCommand(map)).catch((error: unknown) => {
        if (!(error instanceof Error) || error.name !== 'PreconditionFailed') throw error;
      });
    }
  } finally {
    s3.destroy();
  }
}
