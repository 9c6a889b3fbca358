import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import ts from 'typescript';
import { expect, test } from 'vitest';

const source = readFileSync(fileURLToPath(new URL('closed-output.ts', import.meta.url)), 'utf8');
const module = ts.transpile(source, { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2022 });

/** Writes 50 lines, half of them after its reader has ended, and exits with 3. */
const program = `${module}
ignoreClosedOutput();
process.exitCode = 3;
for (let line = 0; line < 50; line += 1) {
  process.stdout.write('line ' + line + '\\n');
  await new Promise((resolve) => setTimeout(resolve, 10));
}`;

test.each(['head -1', 'true'])(
  'output piped to `%s` ends silently with its own exit code',
  async (reader) => {
    const pipe = `"$0" --input-type=module -e "$1" | ${reader} >&2; echo "\${PIPESTATUS[0]}"`;
    const { stdout, stderr } = await promisify(execFile)('bash', ['-c', pipe, process.execPath, program]);
    expect(stdout).toBe('3\n');
    expect(stderr).toBe(reader === 'true' ? '' : 'line 0\n');
  },
);
