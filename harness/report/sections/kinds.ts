import { compareWithBaseline } from '../compare.ts';
import { capital, mpps, times } from '../format.ts';
import { html, type Html } from '../markup.ts';
import { type CellRow, framesIn, isOf, isTrusted } from '../source.ts';
import { headRow, number, scrolling } from './parts.ts';

/** Fewer are all drawn, and need no table of their own. */
const kindsMin = 5;

/** Of a report with many kinds of frames: what lies between which rates, kind by kind. Nothing where they are few. */
export function kindsTable(rows: readonly CellRow[]): Html {
  const kinds = framesIn(rows);
  if (kinds.length < kindsMin) return html``;
  const dataplanes = [...new Set(rows.map(({ series }) => series))].slice(0, 6);
  const table = html`<table>
    <caption>
      Lowest to highest valid rate of all chains, Mpps, by kind of frames
    </caption>
    ${headRow([
      ['Frames', 'text'],
      ['Valid cells', 'number'],
      ...dataplanes.map((name) => [name, 'number'] as const),
      ['NetVM over vhost-user', 'number'],
    ])}
    <tbody>
      ${kinds.map((frames) => {
        const here = rows.filter((row) => isOf(frames, row));
        const valid = here.filter(isTrusted);
        const ratios = compareWithBaseline(here).flatMap((c) =>
          c.trusted && c.ratio !== null ? [c.ratio.value] : [],
        );
        return html`<tr>
          <th scope="row">
            ${capital(frames.words)}${frames.traffic !== null && html`<small>${frames.traffic}</small>`}
          </th>
          ${number(`${valid.length} of ${here.length}`)}${dataplanes.map((name) =>
            number(
              range(
                valid.filter((row) => row.series === name).map(({ result }) => result.throughput?.pps ?? 0),
                mpps,
              ),
            ),
          )}${number(range(ratios, (ratio) => `${times(ratio)}×`))}
        </tr>`;
      })}
    </tbody>
  </table>`;
  return html`<h3>All kinds of frames</h3>
    ${scrolling('All kinds of frames', table)}`;
}

function range(values: readonly number[], text: (value: number) => string): string {
  if (values.length === 0) return '–';
  const [low, high] = [text(Math.min(...values)), text(Math.max(...values))];
  return low === high ? low : `${low} to ${high}`;
}
