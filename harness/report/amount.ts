import { duration, mppsUnit, percent, whole } from './format.ts';

/** A value of a series with the unit that reads best: `10.73 Mpps`, `243 µs`, `18,200 frames`. */
export function amountText(value: number, unit: string): string {
  switch (unit) {
    case 'pps':
      return mppsUnit(value);
    case 'ns':
      return duration(value);
    case 'ratio':
      return percent(value);
    default:
      return `${whole(value)} ${unit}`;
  }
}

/** `+3.1 %`, `-12.0 %`: a relative change. */
export function changeText(share: number): string {
  return `${share < 0 ? '-' : '+'}${Math.abs(share * 100).toFixed(1)} %`;
}
