import * as z from 'zod/mini';
import { objectNamePattern } from './upload-name.ts';

/**
 * A field of a payload that names an object: what `POST /uploads` has answered with, or, in what a job spawns or
 * submits, the name of a child's output.
 */
export const zObject = () =>
  z
    .string()
    .check(
      z.regex(objectNamePattern, 'must be the name of an object, as POST /uploads returns it'),
      z.meta({ object: true }),
    );
