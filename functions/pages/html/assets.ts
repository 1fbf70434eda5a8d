import { NotFoundError } from '../../../shared/domain/base/errors.ts';
import { sha256 } from '../../../shared/domain/base/sha256.ts';
import type { HttpResponse } from '../../../shared/http/wire/http-types.ts';
import { assetTexts } from './asset-texts.ts';

type AssetName = keyof ReturnType<typeof assetTexts>;

const types: Readonly<Record<AssetName, string>> = {
  'style.css': 'text/css; charset=utf-8',
  'page.js': 'text/javascript; charset=utf-8',
  'upload.js': 'text/javascript; charset=utf-8',
};

const names = Object.keys(types) as AssetName[];

/** With the hash of its content in its name, an asset can be cached for ever. */
const hashedName = (name: AssetName): string => {
  const [base = '', ending = ''] = name.split('.');
  return `${base}.${sha256(assetTexts()[name], 'hex').slice(0, 12)}.${ending}`;
};

export const assetUrl = (name: AssetName): string => `/ui/assets/${hashedName(name)}`;

/** Answers `GET /ui/assets/{name}`. @throws NotFoundError */
export function assetResponse(hashed: string): HttpResponse {
  const name = names.find((one) => hashedName(one) === hashed);
  if (!name) throw new NotFoundError('There is no asset of this name.');
  const headers = {
    'content-type': types[name],
    'cache-control': 'public, max-age=31536000, immutable',
  };
  return { statusCode: 200, headers, body: assetTexts()[name] };
}
