/** The layers of docs/ARCHITECTURE.md, from the top: imports point downwards in this list, never up. */
const layers = [
  'bench',
  'cli',
  'alert',
  'regress',
  'report',
  'store',
  'measure',
  'top',
  'dataplane',
  'traffic',
  'testbed',
  'guest',
  'native',
  'search',
  'stats',
  'profile',
  'model',
];

const upward = layers.slice(1).map((layer, index) => ({
  name: `no-import-upwards-from-${layer}`,
  comment: `${layer} must not know what is above it`,
  severity: 'error',
  from: { path: `^harness/${layer}/`, pathNot: '\\.test\\.ts$' },
  to: { path: `^harness/(${layers.slice(0, index + 1).join('|')})/` },
}));

const pure = ['regress', 'search', 'stats', 'profile', 'model'];

module.exports = {
  forbidden: [
    ...upward,
    {
      name: 'known-layers-only',
      comment: 'A folder of harness/ has its place in the list of layers',
      severity: 'error',
      from: {},
      to: { path: '^harness/', pathNot: `^harness/(${layers.join('|')})/` },
    },
    {
      name: 'peers-do-not-know-each-other',
      comment: 'dataplane, traffic and testbed meet in measure; what a testbed offers is in env.ts',
      severity: 'error',
      from: { path: '^harness/(dataplane|traffic)/' },
      to: {
        path: '^harness/(dataplane|traffic|testbed)/',
        pathNot: ['^harness/$1/', '^harness/testbed/env\\.ts$'],
      },
    },
    {
      name: 'pure-layers',
      comment: 'regress, search, stats, profile and model do no input or output',
      severity: 'error',
      from: { path: `^harness/(${pure.join('|')})/`, pathNot: '\\.test\\.ts$' },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'one-importer-of-the-addon',
      severity: 'error',
      from: { pathNot: '^harness/native/' },
      to: { path: '\\.node$' },
    },
    { name: 'no-circles', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'no-unresolvable',
      severity: 'error',
      from: {},
      // The addon is built, not kept; packages are for the type checker to find.
      to: { couldNotResolve: true, path: '^[.]', pathNot: '\\.node$' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      conditionNames: ['import', 'node', 'default'],
      extensions: ['.ts', '.js', '.json'],
    },
  },
};
