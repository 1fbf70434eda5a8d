/** The part that is used. */
declare module '@hapi/content' {
  /** Reads a content type, as hapi does before it reads a body. @throws Error if it is none */
  export function type(header: string): { readonly mime: string };
}
