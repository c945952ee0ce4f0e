// Which way imports may go. `npm test` runs it over lib/; "npm run imports" runs it alone.

/**
 * The packages of lib/ and those each may import by name. Arrows go one way: a package stands below every package that
 * imports it.
 */
const PACKAGES = {
  'verified-download': [],
  'tfjs-compile': [],
  'tslab-kernel': [],
  'cifar10-loader': ['verified-download'],
  'tfjs-node-tensorflow': ['verified-download'],
  selfsup: ['tfjs-compile'],
  'selfsup-course': [
    'cifar10-loader',
    'selfsup',
    'tfjs-compile',
    'tfjs-node-tensorflow',
    'tslab-kernel',
    'verified-download',
  ],
};

/**
 * The folders of a package's src/, lowest first. A folder imports from itself and from rows above its own in this list;
 * folders in one row know nothing of each other.
 */
const LAYERS = {
  selfsup: [
    ['runtime'],
    ['augment', 'data', 'losses', 'plots'],
    ['text'],
    ['models'],
    ['evaluation'],
    ['training'],
  ],
};

const oneOf = (names) => `(?:${names.join('|')})`;
/** A pattern that nothing matches, where a list of allowed names is empty. */
const orNothing = (names) => (names.length === 0 ? '(?!)' : oneOf(names));

const packageRules = Object.entries(PACKAGES).map(([name, allowed]) => ({
  name: `${name}-imports-downwards`,
  comment: `${name} may import ${allowed.length === 0 ? 'no other package of lib/' : `only ${allowed.join(', ')}`} (.dependency-cruiser.cjs, PACKAGES).`,
  severity: 'error',
  from: { path: `^lib/${name}/` },
  to: { path: '^lib/', pathNot: `^lib/${orNothing([name, ...allowed])}/` },
}));

const layerRules = Object.entries(LAYERS).flatMap(([name, rows]) => [
  ...rows.flatMap((row, index) =>
    row.map((folder) => ({
      name: `${name}-${folder}-imports-downwards`,
      comment: `src/${folder} stands above ${rows.slice(0, index).flat().join(', ') || 'nothing'} and may import only that (.dependency-cruiser.cjs, LAYERS).`,
      severity: 'error',
      from: { path: `^lib/${name}/src/${folder}/` },
      to: {
        path: `^lib/${name}/src/`,
        pathNot: `^lib/${name}/src/${oneOf([folder, ...rows.slice(0, index).flat()])}/`,
      },
    })),
  ),
  {
    name: `${name}-folder-has-a-layer`,
    comment: 'A new folder of src/ gets its place in .dependency-cruiser.cjs, LAYERS.',
    severity: 'error',
    from: { path: `^lib/${name}/src/[^/]+/`, pathNot: `^lib/${name}/src/${oneOf(rows.flat())}/` },
    to: { path: `^lib/${name}/src/[^/]+/` },
  },
]);

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    {
      name: 'no-circle',
      comment:
        'Two modules that need each other are one concept, or hide a third that both need: move that down.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    ...packageRules,
    {
      name: 'package-has-a-place',
      comment: 'A new package of lib/ gets its place in .dependency-cruiser.cjs, PACKAGES.',
      severity: 'error',
      from: { path: '^lib/[^/]+/', pathNot: `^lib/${oneOf(Object.keys(PACKAGES))}/` },
      to: {},
    },
    ...layerRules,
    {
      name: 'packages-by-name',
      comment:
        "Another package is imported by its name (and its subpaths), never by a file of it: 'selfsup/losses'.",
      severity: 'error',
      from: { path: '^lib/([^/]+)/' },
      to: { path: '^lib/[^/]+/src/', pathNot: '^lib/$1/' },
    },
    {
      name: 'lib-stands-alone',
      comment: 'What is in lib/ is published; tests, notebooks, examples and tools are not.',
      severity: 'error',
      from: { path: '^lib/' },
      to: { path: '^(?:bench|examples|notebooks|studies|test|tools)/' },
    },
    {
      name: 'declared-dependency',
      comment:
        "What a package imports stands in its own package.json: it is installed without the course's.",
      severity: 'error',
      from: { path: '^lib/[^/]+/src/' },
      to: {
        dependencyTypes: ['npm-no-pkg', 'npm-unknown', 'npm-dev'],
        dependencyTypesNot: ['type-only', 'npm-peer'],
      },
    },
    {
      name: 'resolvable',
      comment: 'The module is not there: a wrong path, or a package that is not installed.',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
  ],
  options: {
    // Types are dependencies, too: what imports a type cannot stand below it.
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    doNotFollow: { path: ['node_modules', '^lib/[^/]+/dist/'] },
    exclude: { path: '\\.d\\.ts$' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['require', 'import', 'node', 'default', 'types'],
    },
  },
};
