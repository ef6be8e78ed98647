import type { Config } from 'vega-lite';

/**
 * The light theme's colours, as the specs name them, and the variables of the page that they become. Blue and orange
 * stay apart for every common kind of colour blindness; shapes tell the same.
 */
export const themeColors: ReadonlyMap<string, string> = new Map([
  ['#0b62c4', 'netvm'],
  ['#b8500a', 'vhost'],
  ['#64748b', 'forwarder'],
  ['#1b2430', 'ink'],
  ['#5b6673', 'muted'],
  ['#e4e8ed', 'grid'],
  ['#b4bdc7', 'axis'],
]);

const font = 'system-ui, "Segoe UI", "Helvetica Neue", Arial, "DejaVu Sans", sans-serif';

export const chartConfig: Config = {
  font,
  background: 'transparent',
  view: { stroke: null },
  title: {
    anchor: 'start',
    frame: 'group',
    color: '#1b2430',
    fontSize: 14,
    fontWeight: 600,
    subtitleColor: '#5b6673',
    subtitleFontSize: 11,
    subtitlePadding: 5,
    offset: 14,
    limit: 0,
  },
  axis: {
    labelColor: '#5b6673',
    labelFontSize: 11,
    labelOverlap: false,
    titleColor: '#5b6673',
    titleFontSize: 11,
    titleFontWeight: 400,
    gridColor: '#e4e8ed',
    domainColor: '#b4bdc7',
    tickColor: '#b4bdc7',
  },
  text: { fontSize: 11, color: '#1b2430' },
};
