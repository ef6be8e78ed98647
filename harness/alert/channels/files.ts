import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { writeAtomically } from '../../store/atomic.ts';
import type { Board, LatestPoint, Overview } from '../channel.ts';
import { emptyBook, isOpen } from '../book.ts';
import type { Book } from '../book.ts';
import { junit } from '../junit.ts';
import type { JunitCase } from '../junit.ts';
import { asMarkdown, noticeMarkdown } from '../markdown.ts';
import { metricsText } from '../metrics.ts';
import { cellWords, noticeOf, signedPercent } from '../notice.ts';
import { seriesKey } from '../series-key.ts';
import { asPlain, words } from '../words.ts';

export type BoardKind = 'junit' | 'markdown' | 'metrics';

/** A file that shows how things are, replaced as a whole each time. */
export function board(kind: BoardKind, name: string, file: string): Board {
  const write = async (overview: Overview) => {
    await mkdir(dirname(file), { recursive: true });
    await writeAtomically(file, await textOf[kind](overview));
  };
  return {
    name,
    kind,
    show: write,
    test: async () => {
      await mkdir(dirname(file), { recursive: true });
      const nothing = { at: new Date(0).toISOString(), book: emptyBook, latest: [] };
      // Beside it: what it says now is true, and a test is not.
      await writeAtomically(`${file}.test`, await textOf[kind](nothing));
      return `wrote ${file}.test`;
    },
  };
}

const textOf: Record<BoardKind, (overview: Overview) => string | Promise<string>> = {
  junit: ({ book, latest }) => junit('netvm nightly', casesOf(book, latest)),
  markdown: ({ book }) => openAlertsMarkdown(book),
  metrics: metricsText,
};

/** A case a series: failed where an alert is open for it, skipped where its last run found nothing. And one for each series in an alert that has no runs here. */
function casesOf(book: Book, latest: readonly LatestPoint[]): JunitCase[] {
  const failures = new Map(
    [...book.alerts.values()].filter(isOpen).flatMap(({ id, tracked }) =>
      tracked
        .filter(({ status }) => status === 'open')
        .map(({ finding }): [string, JunitCase] => {
          const message = `alert ${id}: ${signedPercent(finding.relativeChange)} since run ${finding.firstAfter.runId}`;
          return [finding.key, { name: caseName(finding), outcome: 'failed', message, seconds: 0 }];
        }),
    ),
  );
  const known = latest.map(({ series, point }): JunitCase => {
    const key = seriesKey(series);
    const failure = failures.get(key);
    failures.delete(key);
    if (failure !== undefined) return failure;
    const name = caseName({ series });
    if (point.value !== null) return { name, outcome: 'passed', seconds: 0 };
    return {
      name,
      outcome: 'skipped',
      message: `run ${point.runId} found nothing: ${point.verdict}`,
      seconds: 0,
    };
  });
  return [...known, ...failures.values()];
}

function caseName({ series }: Pick<LatestPoint, 'series'>): string {
  return `${series.testbed}: ${asPlain(cellWords(series))}, ${series.metric.name}`;
}

/** For a pull request or a job's summary. */
function openAlertsMarkdown(book: Book): string {
  const open = [...book.alerts.values()].filter(isOpen);
  if (open.length === 0) return '### NetVM: no confirmed regression is open\n';
  const parts = open.map((alert) => {
    const notice = noticeOf(alert);
    return `#### ${asMarkdown(words`Alert ${alert.id} (${alert.state}): ${notice.title}`)}\n\n${noticeMarkdown(notice)}`;
  });
  const count =
    open.length === 1 ? '1 confirmed regression is open' : `${open.length} confirmed regressions are open`;
  return `### NetVM: ${count}\n\n${parts.join('\n')}`;
}
