/** A time of a run. */
export interface ParsedTime {
  /** What was written: times of one series are all of one form. */
  readonly form: 'date' | 'number';
  /** Grows with time: milliseconds since 1970 for a date. */
  readonly order: number;
}

const isoDate =
  /^(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2}(?:\.\d{1,9})?))?(Z|[+-]\d{2}:?\d{2})?)?$/;

/** An ISO 8601 date, with or without a time of day (UTC where no zone is given), or a number; null where it is neither, or no day of the calendar. */
export function parseTime(text: string): ParsedTime | null {
  if (/^[0-9]{1,15}(\.[0-9]{1,9})?$/.test(text)) return { form: 'number', order: Number(text) };
  const match = isoDate.exec(text);
  if (match === null) return null;
  const [year, month, day, hour, minute] = match.slice(1, 6).map((part) => Number(part ?? 0)) as [
    number,
    number,
    number,
    number,
    number,
  ];
  const second = Number(match[6] ?? 0);
  const midnight = Date.UTC(year, month - 1, day);
  // 2026-02-30 would silently be the second of March.
  const isDay = new Date(midnight).getUTCMonth() === month - 1 && new Date(midnight).getUTCDate() === day;
  if (!isDay || hour > 23 || minute > 59 || second >= 61) return null;
  const order = midnight + ((hour * 60 + minute - zoneMinutes(match[7])) * 60 + second) * 1000;
  return { form: 'date', order };
}

function zoneMinutes(zone: string | undefined): number {
  if (zone === undefined || zone === 'Z') return 0;
  const digits = zone.replace(/[+:-]/g, '');
  return (zone.startsWith('-') ? -1 : 1) * (Number(digits.slice(0, 2)) * 60 + Number(digits.slice(2)));
}
