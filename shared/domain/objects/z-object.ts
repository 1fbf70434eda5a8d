import * as z from 'zod/mini';
import { uploadNamePattern } from './upload-name.ts';

/** A field of a payload that names an uploaded object: what `POST /uploads` has answered with. */
export const zObject = () =>
  z
    .string()
    .check(
      z.regex(uploadNamePattern, 'must be the name of an object, as POST /uploads returns it'),
      z.meta({ object: true }),
    );
