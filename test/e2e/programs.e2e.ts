import { execFile } from 'node:child_process';
import { join } from 'node:path';

import { describe, expect, test } from 'vitest';

import { REPOSITORY_ROOT } from '../../tools/client/repository-root.js';

const PROGRAMS = [
  'tools/audit/main',
  'tools/bench/main',
  'tools/chaos/main',
  'tools/demo/main',
  'tools/ops/main',
  'tools/provision/main',
  'deploy/k8s/secrets',
];

interface Exit {
  readonly code: number;
  readonly stderr: string;
}

/** Runs a command line of bash, with the program as `$0`. No variable names a server. */
function bash(commandLine: string, program: string): Promise<Exit> {
  const file = join(REPOSITORY_ROOT, 'dist', `${program}.js`);
  const { PATH = '' } = process.env;
  return new Promise((resolve) => {
    execFile('bash', ['--norc', '-c', commandLine, file], { env: { PATH, LANG: 'C' } }, (error, _, stderr) =>
      resolve({ code: Number(error?.code ?? 0), stderr }),
    );
  });
}

describe.each(PROGRAMS)('%s', (program) => {
  test('ends silently when the reader of its output ends first', async () => {
    const commandLine = `node --enable-source-maps "$0" --help | true; exit "\${PIPESTATUS[0]}"`;
    expect(await bash(commandLine, program)).toEqual({ code: 0, stderr: '' });
  });

  test('refuses an unknown option without a stack', async () => {
    const { code, stderr } = await bash('node --enable-source-maps "$0" --nonsense', program);
    expect([program, code]).toEqual([program, 2]);
    expect(stderr).toContain('--nonsense');
    expect(stderr).not.toMatch(/^\s+at /m);
  });
});
