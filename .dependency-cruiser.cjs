// What may import what. Each rule says why; `npm run check` fails when one is broken.
const otherApp = '^apps/([^/]+)/';

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    {
      name: 'no-cycles',
      comment: 'A cycle can only be understood, tested and taken along as a whole.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'apps-import-no-app',
      comment:
        'Services talk through exchanges; only contracts cross between them. The SDK of OpenTelemetry is no lib: libs need its API alone.',
      severity: 'error',
      from: { path: otherApp },
      to: { path: '^apps/', pathNot: ['^apps/$1/', '^apps/start-tracing\\.ts$'] },
    },
    {
      name: 'libs-import-no-app',
      comment:
        'libs/ can be copied into another repository together with its specs, which libs/test-support serves.',
      severity: 'error',
      from: { path: '^libs/' },
      to: { path: '^(apps|tools|deploy|lessons|test)/' },
    },
    {
      name: 'libs-through-their-door',
      comment: 'What a lib does not export from its index may change at any time.',
      severity: 'error',
      from: { path: '^(apps|tools|deploy|lessons|test)/' },
      to: { path: '^libs/[^/]+/src/', pathNot: '^libs/[^/]+/src/index\\.ts$' },
    },
    {
      name: 'libs-through-each-others-door',
      comment: 'The same between libs.',
      severity: 'error',
      from: { path: '^libs/([^/]+)/' },
      to: { path: '^libs/[^/]+/src/', pathNot: ['^libs/$1/', '^libs/[^/]+/src/index\\.ts$'] },
    },
    {
      name: 'contracts-import-nothing-of-ours',
      comment: 'They are what all services agree on.',
      severity: 'error',
      from: { path: '^libs/(contracts|json)/' },
      to: { path: '^(libs|apps)/', pathNot: '^libs/(contracts|json)/' },
    },
    {
      name: 'libs-know-only-the-api-of-opentelemetry',
      comment: 'Without an SDK the API does nothing; apps/start-tracing.ts alone registers one.',
      severity: 'error',
      from: { path: '^libs/', pathNot: '\\.spec\\.ts$' },
      to: { path: '@opentelemetry/(?!api(?:/|$))' },
    },
    {
      name: 'domain-imports-nothing',
      comment: 'Decisions are pure: no library, no framework, no clock.',
      severity: 'error',
      from: { path: '^apps/[^/]+/src/domain/', pathNot: '\\.spec\\.ts$' },
      to: { pathNot: '^apps/[^/]+/src/domain/' },
    },
    {
      name: 'persistence-knows-only-the-domain',
      comment:
        'Inside an app, folders are directions of dependency: http and messaging → use-cases → persistence → domain.',
      severity: 'error',
      from: { path: '^apps/[^/]+/src/(persistence|gateways)/' },
      to: { path: '^apps/[^/]+/src/(http|messaging|use-cases)/' },
    },
    {
      name: 'use-cases-know-no-transport',
      comment: 'See above.',
      severity: 'error',
      from: { path: '^apps/[^/]+/src/use-cases/' },
      to: { path: '^apps/[^/]+/src/(http|messaging)/' },
    },
    {
      name: 'no-dev-dependency-at-run-time',
      comment: 'The container image holds production dependencies only.',
      severity: 'error',
      from: { path: '^(apps|libs)/', pathNot: ['\\.spec\\.ts$', '^libs/test-support/'] },
      to: { dependencyTypes: ['npm-dev'] },
    },
    {
      name: 'not-in-package-json',
      comment: 'It works by accident.',
      severity: 'error',
      from: {},
      to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown'] },
    },
    {
      name: 'resolvable',
      comment: 'A typing error. (kubernetes-types has types alone, which the compiler looks up.)',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true, pathNot: '^kubernetes-types/' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['source', 'import', 'node', 'default'],
      extensions: ['.ts', '.tsx', '.js', '.json'],
    },
  },
};
