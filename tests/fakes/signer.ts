import type { ObjectSigner } from '../../shared/job/object-ports.ts';

/** Writes into a URL what was asked for. */
export const fakeSigner: ObjectSigner = {
  async signUpload({ name, bytes, contentType }) {
    const headers = { 'content-length': String(bytes), 'content-type': contentType, 'if-none-match': '*' };
    return { method: 'PUT', url: `https://bucket.example/${name}?signed`, headers };
  },
  async signDownload({ name, method = 'GET', fileName, now, expiresSeconds }) {
    const query = new URLSearchParams({ method, now: String(now), expires: String(expiresSeconds) });
    if (fileName !== undefined) query.set('as', fileName);
    return `https://bucket.example/${name}?${query}`;
  },
};
