/** RFC 9110, section 13.1.2: whether an `If-None-Match` has this tag. A list of tags, weakly compared, or `*`. */
export const hasEtag = (header: string | undefined, etag: string): boolean =>
  (header ?? '').split(',').some((tag) => ['*', etag].includes(tag.trim().replace(/^W\//, '')));
