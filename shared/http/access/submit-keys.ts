import type { KeyObject } from 'node:crypto';
import type { RootSecretEntry } from '../../domain/access/access-entry.ts';
import type { UploadRules } from '../../domain/objects/upload-name.ts';
import { derivedKey } from './derived-key.ts';

/** The keys that a submission needs. */
export const submitKeys = (
  root: RootSecretEntry,
  uploadRetentionDays: number,
): { readonly jobIdSecret: KeyObject; readonly uploads: UploadRules } => ({
  jobIdSecret: derivedKey(root, 'jobId'),
  uploads: uploadRules(root, uploadRetentionDays),
});

/** How the names of uploads are marked and checked. */
export const uploadRules = (root: RootSecretEntry, retentionDays: number): UploadRules => ({
  key: derivedKey(root, 'uploadName'),
  retentionDays,
});
