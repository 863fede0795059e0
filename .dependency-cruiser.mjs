// The dependency rule of ARCHITECTURE.md. Tests may reach further: they stand beside what they test.
const TEST = '\\.test\\.ts$|/testing/';
const WEB_LEVEL = '^web/src/(files|library|deidentify|objects|analysis|conversion|remote|viewer)/';

/** Modules of one level know each other only through types and what main.ts hands them. */
const sameLevel = (root, modules) =>
  modules.map((name) => ({
    name: `${name}-knows-no-neighbour`,
    comment: `${root}/${name} imports a module of its own level: let main.ts hand it over, or import only its type.`,
    severity: 'error',
    from: { path: `^${root}/${name}/`, pathNot: TEST },
    to: {
      path: `^${root}/(${modules.filter((other) => other !== name).join('|')})/`,
      dependencyTypesNot: ['type-only'],
    },
  }));

export default {
  forbidden: [
    {
      name: 'no-cycle',
      comment:
        'Two modules that import each other are one module: split what both need into a third.',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'shared-stands-alone',
      comment: 'shared/ is the ground floor: it imports neither web nor bridge nor tools.',
      severity: 'error',
      from: { path: '^shared/', pathNot: TEST },
      to: { path: '^(web|bridge|e2e|tools)/' },
    },
    {
      name: 'pure-modules',
      comment:
        'dicom, pixels, protocol, deidentify and analysis run in a worker, in Node and in a test: no Node, no Svelte.',
      severity: 'error',
      from: {
        path: '^(shared/(dicom|pixels|protocol)|web/src/(deidentify|analysis))/',
        pathNot: TEST,
      },
      to: { path: '^(node:|svelte)|node_modules/svelte/', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'pure-modules-no-builtin',
      comment: 'As pure-modules, for modules of Node named without the prefix.',
      severity: 'error',
      from: {
        path: '^(shared/(dicom|pixels|protocol)|web/src/(deidentify|analysis))/',
        pathNot: TEST,
      },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'web-and-bridge-meet-in-shared',
      comment: 'The page and the bridge share the protocol, not code: put it in shared/.',
      severity: 'error',
      from: { path: '^web/', pathNot: TEST },
      to: { path: '^bridge/' },
    },
    {
      name: 'bridge-and-web-meet-in-shared',
      comment: 'The page and the bridge share the protocol, not code: put it in shared/.',
      severity: 'error',
      from: { path: '^bridge/', pathNot: TEST },
      to: { path: '^web/' },
    },
    {
      name: 'level-below-ui',
      comment: 'The modules below the screen know nothing of it.',
      severity: 'error',
      from: { path: WEB_LEVEL, pathNot: TEST },
      to: { path: '^web/src/(ui/|main\\.ts)' },
    },
    {
      name: 'main-is-the-root',
      comment: 'main.ts wires modules together; nothing imports it.',
      severity: 'error',
      from: { pathNot: TEST },
      to: { path: '^(web|bridge)/src/main\\.ts$' },
    },
    {
      name: 'ui-holds-components-only',
      comment:
        'A component takes what it shows from main.ts: of the modules below it knows types alone.',
      severity: 'error',
      from: { path: '^web/src/ui/', pathNot: TEST },
      to: { path: WEB_LEVEL, dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'dimse-and-archive-below-session',
      comment: 'dimse and archive serve session, which serves main.ts.',
      severity: 'error',
      from: { path: '^bridge/src/(dimse|archive|tasks|samples|conversion)/', pathNot: TEST },
      to: { path: '^bridge/src/(session/|main\\.ts)' },
    },
    {
      name: 'codecs-in-pixels',
      comment: 'shared/pixels is the only importer of codecs.',
      severity: 'error',
      from: { pathNot: `^shared/pixels/|${TEST}` },
      to: { path: 'node_modules/(@cornerstonejs/codec-|jpeg-lossless-decoder-js)' },
    },
    {
      name: 'cornerstone-in-viewer',
      comment:
        'web/src/viewer is the only importer of Cornerstone3D, beside what it is measured against.',
      severity: 'error',
      from: { pathNot: `^(?:web/src/viewer|tools/bench/stock-viewer)/|${TEST}` },
      to: { path: 'node_modules/@cornerstonejs/(core|tools|metadata|utils|dicom-image-loader)' },
    },
    ...sameLevel('web/src', [
      'files',
      'library',
      'deidentify',
      'objects',
      'analysis',
      'conversion',
      'remote',
      'viewer',
    ]),
    ...sameLevel('bridge/src', ['dimse', 'archive', 'tasks', 'samples', 'conversion']),
    {
      name: 'resolvable',
      comment: 'An import that can not be resolved.',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true, pathNot: '^virtual:|\\?' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: 'web/dist' },
    tsPreCompilationDeps: 'specify',
    detectProcessBuiltinModuleCalls: true,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'svelte', 'browser', 'default', 'types'],
      extensions: ['.ts', '.svelte', '.js', '.mjs', '.d.ts'],
    },
  },
};
