/** What a profile of the paper says of itself, in the comments at its top. */
export interface Notes {
  /** What the paper's figure shows, and what of it is known to us. */
  readonly paper: string;
  /** What the paper claims by it. */
  readonly claim: string;
  /** What is measured instead, and how it differs. */
  readonly ours: string;
}

/** Texts of a foreign archive are bounded. */
const charactersMax = 2000;

/** Reads `# Paper:`, `# Claim:` and `# Ours:`; a line that is indented goes on with the one before it. Null where one of the three is missing. */
export function readNotes(profile: string): Notes | null {
  const found = new Map<string, string>();
  let key: string | null = null;
  for (const line of profile.split('\n')) {
    if (!line.startsWith('#')) break;
    const start = /^# (Paper|Claim|Ours): (.*)$/.exec(line);
    const more = /^# {2,}(.*)$/.exec(line);
    if (start !== null) {
      key = start[1] ?? '';
      found.set(key, start[2] ?? '');
    } else if (more !== null && key !== null) {
      found.set(key, `${found.get(key) ?? ''} ${more[1] ?? ''}`);
    } else {
      key = null;
    }
  }
  const [paper, claim, ours] = ['Paper', 'Claim', 'Ours'].map((name) =>
    found.get(name)?.slice(0, charactersMax),
  );
  return paper === undefined || claim === undefined || ours === undefined ? null : { paper, claim, ours };
}
