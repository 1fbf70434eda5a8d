import type { Clock, Random } from '../../domain/base/ports.ts';
import type { ObjectSigner, SignedUpload } from '../../domain/objects/object-ports.ts';
import { type UploadRules, uploadNameFor } from '../../domain/objects/upload-name.ts';
import { type MaySuspend, refuseSuspended } from '../doors/refuse-suspended.ts';
import type { TenantDoor } from '../doors/tenant-door.ts';

interface UploadOrder {
  readonly tenant: string;
  readonly bytes: number;
  readonly contentType?: string | undefined;
}

interface CreateUploadDependencies extends MaySuspend {
  readonly door: Pick<TenantDoor, 'pass' | 'requireWithin'>;
  readonly uploads: UploadRules;
  readonly signer: Pick<ObjectSigner, 'signUpload'>;
  readonly clock: Pick<Clock, 'now'>;
  readonly random: Pick<Random, 'uuid'>;
}

export interface CreatedUpload {
  /** The object's name, for a payload. */
  readonly object: string;
  readonly upload: SignedUpload;
  /** Until when the request can be sent, epoch milliseconds. */
  readonly expiresAt: number;
}

const expiresSeconds = 15 * 60;

/**
 * Makes a name for an object, and the request by which its bytes come into the bucket: once, of that size and type.
 * @throws TenantSuspendedError, LimitExceededError, StoreUnavailableError
 */
export async function createUpload(
  { tenant, bytes, contentType = 'application/octet-stream' }: UploadOrder,
  { uploads, signer, clock, random, suspensions, door }: CreateUploadDependencies,
): Promise<CreatedUpload> {
  await refuseSuspended(tenant, { suspensions });
  const limit = 'uploadBytesPerDay';
  await door.requireWithin({ tenant, limit, value: bytes, pointer: '/bytes' });
  // The bytes first: of many small uploads, none is refused for them.
  if (bytes > 0) await door.pass({ tenant, limit, wanted: bytes });
  await door.pass({ tenant, limit: 'uploadsPerDay', wanted: 1 });
  const now = clock.now();
  const object = uploadNameFor({ tenant, id: random.uuid(), now }, uploads);
  const upload = await signer.signUpload({ name: object, bytes, contentType, now, expiresSeconds });
  return { object, upload, expiresAt: now + expiresSeconds * 1000 };
}
