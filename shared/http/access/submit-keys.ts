import type { KeyObject } from 'node:crypto';
import type { RootSecretEntry } from '../../domain/access/access-entry.ts';
import type { UploadRules } from '../../domain/objects/upload-name.ts';
import { derivedKey } from './derived-key.ts';

/** The keys that a submission needs. */
export const submitKeys = (
  rootSecret: RootSecretEntry,
  uploadRetentionDays: number,
): { readonly jobIdSecret: KeyObject; readonly uploads: UploadRules } => ({
  jobIdSecret: derivedKey(rootSecret, 'jobId'),
  uploads: uploadRules(rootSecret, uploadRetentionDays),
});

/** How the names of uploads are marked and checked. */
export const uploadRules = (rootSecret: RootSecretEntry, retentionDays: number): UploadRules => ({
  key: derivedKey(rootSecret, 'uploadName'),
  retentionDays,
});
