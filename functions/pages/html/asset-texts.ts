import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const read = (name: string): string => readFileSync(join(import.meta.dirname, '..', 'assets', name), 'utf8');

/** The files that pages load. When the function is bundled, their texts are put in place of this. */
export const assetTexts = (): Readonly<Record<'style.css' | 'page.js' | 'upload.js', string>> => ({
  'style.css': read('style.css'),
  'page.js': read('page.js'),
  'upload.js': read('upload.js'),
});
