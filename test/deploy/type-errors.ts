import { join } from 'node:path';

import ts from 'typescript';

import { REPOSITORY_ROOT } from '../../tools/client/repository-root.js';
import type { Manifest } from './kustomize.js';

/** The module of `kubernetes-types` per `apiVersion`. */
const TYPE_MODULES: Readonly<Record<string, string>> = {
  v1: 'core/v1',
  'apps/v1': 'apps/v1',
  'batch/v1': 'batch/v1',
  'networking.k8s.io/v1': 'networking/v1',
  'policy/v1': 'policy/v1',
};

/** Whether `kubernetes-types` has the kind; it lacks custom resources. */
export function isTyped({ apiVersion }: Manifest): boolean {
  return apiVersion in TYPE_MODULES;
}

/**
 * The errors of the TypeScript compiler for manifests as literals of their types in `kubernetes-types`, which is generated
 * from the OpenAPI schema of Kubernetes: unknown fields, wrong types and missing fields.
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
