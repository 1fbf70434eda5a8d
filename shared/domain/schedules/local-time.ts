const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;

/**
 * Local times of a zone, as numbers: the epoch milliseconds that a clock of the zone would show if it were a clock of
 * UTC.
 */
export interface LocalTime {
  /** What clocks of the zone show at an instant, to the second. */
  localOf(instant: number): number;
  /** The first instant at which clocks show this. None, if they leave it out. */
  instantOf(local: number): number | undefined;
}

/**
 * The clocks of a time zone of the IANA time zone database, as the runtime has it.
 * @throws RangeError for a zone that it does not have
 */
export function localTimeIn(timeZone: string): LocalTime {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  });
  const localOf = (instant: number): number => {
    const parts = new Map(format.formatToParts(instant).map(({ type, value }) => [type, Number(value)]));
    const part = (type: Intl.DateTimeFormatPartTypes): number => parts.get(type) ?? 0;
    const day = Date.UTC(part('year'), part('month') - 1, part('day'));
    return day + part('hour') * hour + part('minute') * minute + part('second') * second;
  };
  const instantOf = (local: number): number | undefined => {
    // Zones are from 12 hours behind UTC to 14 hours ahead, and no zone changes its clocks twice in that time. So the
    // offset is that at one of the two ends.
    const earliest = local - 14 * hour;
    const latest = local + 12 * hour;
    const before = localOf(earliest) - earliest;
    const after = localOf(latest) - latest;
    if (before === after) return local - before;
    const instants = [local - before, local - after].filter((instant) => localOf(instant) === local);
    return instants.length === 0 ? undefined : Math.min(...instants);
  };
  return { localOf, instantOf };
}
