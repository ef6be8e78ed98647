/** One figure of a cell, and what tells it from the cell's others of its name. */
export interface CellFigure {
  /** With its unit last: `throughputPps`, `p99Ns`. */
  readonly figure: string;
  readonly value: number | null;
  readonly unit: string;
  /** Of a latency: percent of the throughput. Of a loss: of the wire's rate. */
  readonly loadPercent?: number;
  /** Of a search for several goals. */
  readonly goalLossRatio?: number;
  /** From 1, where a method repeats. */
  readonly repetition?: number;
  /** A counter's name, an end of the wire. */
  readonly part?: string;
  /** Where it is not the cell's. */
  readonly verdict?: string;
  readonly reason?: string | null;
}
