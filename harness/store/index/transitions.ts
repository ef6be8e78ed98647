import { differences } from '../fingerprint.ts';
import type { ComparableFacts } from '../fingerprint.ts';
import type { RunIndex } from './database.ts';

/** What differs between two fingerprints, or two settings, that are in an index: `kernel 6.1.0-32 -> 6.1.0-35`. */
export function differencesBetween({ db }: RunIndex, before: string, after: string): string[] {
  const read = db.prepare('SELECT text FROM documents WHERE digest = ?');
  const document = (name: string): readonly ComparableFacts[] => {
    const text = read.get(name)?.['text'];
    const value = typeof text === 'string' ? (JSON.parse(text) as ComparableFacts | ComparableFacts[]) : [];
    return Array.isArray(value) ? value : [value];
  };
  return differences(document(before), document(after));
}
