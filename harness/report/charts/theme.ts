import type { Config } from 'vega-lite';

/**
 * The light theme's colours, as the specs name them, and the variables of the page that they become. Blue and orange
 * stay apart for every common kind of colour blindness; shapes tell the same.
 */
export const themeColors: ReadonlyMap<string, string> = new Map([
  ['#0b62c4', 'netvm'],
  ['#00756a', 'netvm-2'],
  ['#7b3fb5', 'netvm-3'],
  ['#8a6a00', 'netvm-4'],
  ['#b8500a', 'vhost'],
  ['#a8322a', 'virtio'],
  ['#4f6b00', 'virtio-kernel'],
  ['#3a4a9f', 'virtio-tap'],
  ['#64748b', 'forwarder'],
  ['#b3246f', 'sriov'],
  ['#4d5866', 'other'],
  ['#1b2430', 'ink'],
  ['#5b6673', 'muted'],
  ['#e4e8ed', 'grid'],
  ['#b4bdc7', 'axis'],
]);

/** The same the other way round: what a variable of the page is in a picture by itself. */
export const lightColors: ReadonlyMap<string, string> = new Map(
  [...themeColors].map(([color, name]) => [name, color]),
);

export const chartFont = 'system-ui, "Segoe UI", "Helvetica Neue", Arial, "DejaVu Sans", sans-serif';

export const chartConfig: Config = {
  font: chartFont,
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
