/** What the dashboard shows: who makes it has judged the series already. */

export const dashboardStates = ['regressed', 'improved', 'steady', 'not enough data'] as const;
export type DashboardState = (typeof dashboardStates)[number];

export interface DashboardRow {
  readonly cell: string;
  readonly metric: string;
  readonly unit: string;
  /** Oldest first; null is a run without a valid figure. */
  readonly values: readonly (number | null)[];
  readonly state: DashboardState;
  /** The same with what there is to say besides, such as `not enough data: 3 of 6`. */
  readonly stateWords: string;
  readonly change: DashboardChange | null;
  /** The newest run, with a value or without. */
  readonly newest: { readonly startedAt: string; readonly archive: string | null };
}

export interface DashboardChange {
  /** Of its first run, in `values`. */
  readonly index: number;
  readonly relativeChange: number;
  /** ISO 8601. */
  readonly since: string;
  /** In words; and the commits themselves where they are known. */
  readonly range: string;
  readonly commits: { readonly before: string; readonly after: string } | null;
}

/** Rows that can be compared: of one testbed with one fingerprint. */
export interface DashboardGroup {
  readonly testbed: string;
  readonly fingerprint: string;
  readonly host: string;
  readonly firstAt: string;
  readonly differences: readonly string[];
  /** One sentence for each way of measuring besides the first. */
  readonly notes: readonly string[];
  readonly rows: readonly DashboardRow[];
}

export interface Dashboard {
  /** The command that makes it again. */
  readonly command: string;
  readonly madeAt: string;
  /** Share of a level, 0 to 1. */
  readonly minChange: number;
  readonly groups: readonly DashboardGroup[];
  /** What is not in it, and why. */
  readonly problems: readonly { readonly file: string; readonly problem: string }[];
}
