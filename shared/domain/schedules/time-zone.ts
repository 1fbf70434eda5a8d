/**
 * The names of the IANA time zone database have an area and a place. What is shorter, such as EST, has no summer time.
 */
const form = /^(UTC|[A-Z][\w+-]*(\/[A-Z][\w+-]*)+)$/;

/** What is wrong with the name of a time zone, and what to write in its place. */
export function problemsOfTimeZone(name: string): readonly string[] {
  const known = canonicalName(name);
  // The runtime does not mind small letters. It is not known whether EventBridge Scheduler does.
  if (known !== name && known?.toLowerCase() === name.toLowerCase())
    return [`the time zone is "${name}". Write ${known}.`];
  if (known !== undefined && form.test(name)) return [];
  return [
    `the time zone is "${name}". Use a name of the IANA time zone database, such as Europe/Berlin, or UTC.`,
  ];
}

/** What the runtime calls a zone. It has another name for some, such as Asia/Calcutta for Asia/Kolkata. */
function canonicalName(name: string): string | undefined {
  // An offset is a zone for the runtime. For EventBridge Scheduler it is none.
  if (/^[+-]/.test(name)) return undefined;
  try {
    return new Intl.DateTimeFormat('en-US', { timeZone: name }).resolvedOptions().timeZone;
  } catch {
    return undefined;
  }
}
