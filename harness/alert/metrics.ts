import { Counter, Gauge, Registry } from 'prom-client';
import type { AlertState } from './book.ts';
import type { LatestPoint, Overview } from './channel.ts';
import { oneLine } from './words.ts';

const states: readonly AlertState[] = ['new', 'acknowledged', 'expected', 'fixed'];
const seriesLabels = [
  'testbed',
  'fingerprint',
  'dataplane',
  'chain',
  'frame_size_bytes',
  'method',
  'traffic',
  'metric',
  'unit',
] as const;

/** Metrics in Prometheus' text format, for node_exporter's textfile collector. Nothing in it has a time stamp of its own: the collector refuses those. */
export async function metricsText({ at, book, latest }: Overview): Promise<string> {
  const registry = new Registry();
  const registers = [registry];
  const alerts = new Gauge({
    name: 'netvm_alerts',
    help: 'Alerts by state',
    labelNames: ['state'],
    registers,
  });
  for (const state of states) {
    alerts.set({ state }, [...book.alerts.values()].filter((alert) => alert.state === state).length);
  }
  const failures = new Counter({
    name: 'netvm_alert_delivery_failures_total',
    help: 'Attempts to tell a channel that came to nothing, by channel',
    labelNames: ['channel'],
    registers,
  });
  for (const channel of book.channels.keys())
    failures.inc({ channel: oneLine(channel) }, failedAttempts(channel, book.deliveries));
  addSeries(latest, registers);
  const updated = 'netvm_alerts_updated_timestamp_seconds';
  new Gauge({ name: updated, help: 'When this was written', registers }).set(Date.parse(at) / 1000);
  return registry.metrics();
}

function failedAttempts(channel: string, deliveries: Overview['book']['deliveries']): number {
  const all = deliveries.filter((delivery) => delivery.channel === channel);
  return all.reduce(
    (sum, { attempts, outcome }) => sum + attempts.length - (outcome === 'delivered' ? 1 : 0),
    0,
  );
}

function addSeries(latest: readonly LatestPoint[], registers: Registry[]): void {
  const labelNames = [...seriesLabels];
  const help = 'What the last run of a series found, in the unit of its label; missing where that run failed';
  const value = new Gauge({ name: 'netvm_series_value', help, labelNames, registers });
  const when = new Gauge({
    name: 'netvm_series_run_timestamp_seconds',
    help: 'When the last run of a series began, whatever it found',
    labelNames,
    registers,
  });
  for (const one of latest) {
    const labels = labelsOf(one);
    // A run that failed has no value, and no value is no zero.
    if (one.point.value !== null) value.set(labels, one.point.value);
    when.set(labels, Date.parse(one.point.startedAt) / 1000);
  }
}

function labelsOf({ series }: LatestPoint): Record<(typeof seriesLabels)[number], string> {
  const { testbed, fingerprint, cell, metric } = series;
  const labels = {
    testbed,
    fingerprint,
    dataplane: cell.dataplane,
    chain: cell.nfs.join(','),
    frame_size_bytes: cell.imix === undefined ? String(cell.frameSizeBytes) : `imix ${cell.imix.genome}`,
    method: cell.method,
    traffic: cell.traffic ?? '',
    metric: metric.name,
    unit: metric.unit,
  };
  const lines = Object.entries(labels).map(([name, text]) => [name, oneLine(text)]);
  return Object.fromEntries(lines) as typeof labels;
}
