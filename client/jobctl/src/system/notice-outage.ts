type Fetch = (request: Request) => Promise<Response>;

interface Noticing {
  /** Epoch milliseconds. */
  now(): number;
  /** Called once in an outage. @param seconds for how long there has been no answer */
  report(seconds: number): void;
}

/** A shorter one is nothing that a person has to know. */
const minOutageMs = 5_000;

/** The same fetch, which tells of an API that does not answer for a while: else who waits would see nothing happen. */
export function noticeOutage(fetch: Fetch, { now, report }: Noticing): Fetch {
  let since: number | undefined;
  let isReported = false;
  const note = (isAnswered: boolean): void => {
    if (isAnswered) {
      since = undefined;
      isReported = false;
      return;
    }
    since ??= now();
    if (isReported || now() - since < minOutageMs) return;
    isReported = true;
    report(Math.round((now() - since) / 1000));
  };
  return async (request) => {
    try {
      const response = await fetch(request);
      note(response.status < 500);
      return response;
    } catch (error) {
      note(false);
      throw error;
    }
  };
}
