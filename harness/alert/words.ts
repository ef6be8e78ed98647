import { plain } from '../report/markup.ts';

/**
 * A text of which it is known what is ours and what came from elsewhere (archives, people): no channel may take the latter for markup. Written with `words`:
 * what stands in the template is ours, strings put into it are foreign.
 */
export class Words {
  readonly parts: readonly Part[];

  constructor(parts: readonly Part[]) {
    this.parts = parts;
  }
}

export interface Part {
  readonly text: string;
  readonly isForeign: boolean;
}

export function words(strings: TemplateStringsArray, ...values: readonly (string | number | Words)[]): Words {
  return new Words(
    strings.flatMap((text, index): Part[] => {
      const value = values[index];
      const own = { text, isForeign: false };
      if (value === undefined) return [own];
      if (value instanceof Words) return [own, ...value.parts];
      return [own, { text: String(value), isForeign: typeof value === 'string' }];
    }),
  );
}

/** Texts of our own that are worked out, not written in a template. */
export function own(text: string): Words {
  return new Words([{ text, isForeign: false }]);
}

export function joined(all: readonly Words[], separator: string): Words {
  return new Words(
    all.flatMap(({ parts }, index) => (index === 0 ? parts : [...own(separator).parts, ...parts])),
  );
}

/** One line without control characters, in which a foreign text of any length has its place. */
export function oneLine(text: string, charactersMax = 300): string {
  const line = plain(text.toWellFormed().replace(/[\r\n\t\u2028\u2029]+/g, ' '));
  return line.length <= charactersMax ? line : `${line.slice(0, charactersMax - 1).toWellFormed()}…`;
}

/** For terminals, subjects and logs. */
export function asPlain({ parts }: Words): string {
  return parts.map(({ text, isForeign }) => (isForeign ? oneLine(text) : text)).join('');
}
