/**
 * Takes the most doubtful point out, judges its neighbours anew, and so on until none is doubtful. `judge` sees a point between the ones next
 * to it: `from` and `to` are their indexes, or the ends of the series. Returns what stays, with its last judgement. O(n^2) with O(n) judgements.
 */
export function eliminate<Point extends { readonly index: number }, Judgement>(
  points: readonly Point[],
  length: number,
  judge: (from: number, point: Point, to: number) => Judgement,
  /** Above 0 for a point that cannot stay: the more, the sooner it goes. */
  doubt: (judgement: Judgement) => number,
): { readonly point: Point; readonly judgement: Judgement }[] {
  const kept = [...points];
  const judgeAt = (i: number) =>
    judge(kept[i - 1]?.index ?? 0, kept[i] as Point, kept[i + 1]?.index ?? length);
  const judgements = kept.map((_, i) => judgeAt(i));
  for (;;) {
    const doubts = judgements.map(doubt);
    const worst = doubts.reduce((most, one, i) => (one > (doubts[most] as number) ? i : most), 0);
    if (kept.length === 0 || !((doubts[worst] as number) > 0)) break;
    kept.splice(worst, 1);
    judgements.splice(worst, 1);
    for (const i of [worst - 1, worst]) if (i >= 0 && i < kept.length) judgements[i] = judgeAt(i);
  }
  return kept.map((point, i) => ({ point, judgement: judgements[i] as Judgement }));
}
