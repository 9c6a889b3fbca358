import { join } from 'node:path';

import ts from 'typescript';

import { REPOSITORY_ROOT } from '../../tools/client/repository-root.js';
import type { Manifest } from './kustomize.js';

/** Where `kubernetes-types` has the kinds of an API. */
const TYPE_MODULES: Readonly<Record<string, string>> = {
  v1: 'core/v1',
  'apps/v1': 'apps/v1',
  'batch/v1': 'batch/v1',
  'networking.k8s.io/v1': 'networking/v1',
  'policy/v1': 'policy/v1',
};

/** Whether there is a type for it; the custom resources of operators have none. */
export function isTyped({ apiVersion }: Manifest): boolean {
  return apiVersion in TYPE_MODULES;
}

/**
 * What the compiler says against manifests, each as a literal of its own type in `kubernetes-types`, which is derived
 * from Kubernetes' published OpenAPI schema: names that do not exist, values of the wrong type, what is missing.
 */
export function findTypeErrors(manifests: readonly Manifest[]): readonly string[] {
  const constants = manifests.map((manifest, index) => {
    const type = `import('kubernetes-types/${TYPE_MODULES[manifest.apiVersion]}.js').${manifest.kind}`;
    return `export const manifest${index}: ${type} = ${JSON.stringify(manifest)};`;
  });
  const path = join(REPOSITORY_ROOT, 'manifests-to-check.ts');
  const options: ts.CompilerOptions = {
    strict: true,
    noEmit: true,
    skipLibCheck: true,
    types: [],
    lib: ['lib.es5.d.ts'],
    module: ts.ModuleKind.NodeNext,
    target: ts.ScriptTarget.ES2023,
  };
  const host = ts.createCompilerHost(options);
  const { getSourceFile, fileExists } = host;
  const source = ts.createSourceFile(path, constants.join('\n'), ts.ScriptTarget.ES2023);
  host.getSourceFile = (name, ...rest) => (name === path ? source : getSourceFile(name, ...rest));
  host.fileExists = (name) => name === path || fileExists(name);
  const program = ts.createProgram([path], options, host);
  return ts.getPreEmitDiagnostics(program).map((diagnostic) => {
    const { line } = source.getLineAndCharacterOfPosition(diagnostic.start ?? 0);
    const { kind, metadata } = manifests[line]!;
    return `${kind} ${metadata.name}: ${ts.flattenDiagnosticMessageText(diagnostic.messageText, ' ')}`;
  });
}
