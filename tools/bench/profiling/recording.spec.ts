import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import type { Profiler } from 'node:inspector';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import ts from 'typescript';
import { afterAll, expect, onTestFinished, test } from 'vitest';
import { CLONE } from '../../client/repository-root.js';
import { recorderFor, Recording } from './recording.js';

type Worker = ChildProcessByStdio<Writable, Readable, null> & { readonly pid: number };

// What an address must escape may stand in a path.
const folder = await mkdtemp(join(tmpdir(), 'recording #1 & 100% '));
afterAll(() => rm(folder, { recursive: true }));

// Unit tests run without compiling anything else.
const recorder = join(folder, 'recorder.mjs');
const source = await readFile(join(CLONE, 'tools', 'bench', 'profiling', 'recorder.ts'), 'utf8');
const compilerOptions = { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2023 };
await writeFile(recorder, ts.transpileModule(source, { compilerOptions }).outputText);

/** Does what it is told, a tenth of a second of CPU long, and says when it has. */
const program = join(folder, 'program.cjs');
await writeFile(
  program,
  `function spin() {
     const end = process.cpuUsage().user + 1e5;
     while (process.cpuUsage().user < end);
   }
   const work = { before() { spin(); }, meanwhile() { spin(); } };
   process.stdin.on('data', (name) => { work[name](); process.stdout.write('done'); });
   process.stdout.write('up');`,
);

async function started(file: string): Promise<Worker> {
  const worker = spawn(process.execPath, [...recorderFor(file, recorder), program], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const exited = once(worker, 'exit');
  onTestFinished(async () => {
    worker.kill('SIGKILL');
    await exited;
  });
  await once(worker.stdout, 'data');
  return worker as Worker;
}

async function doWork(worker: Worker, name: string): Promise<void> {
  worker.stdin.write(name);
  await once(worker.stdout, 'data');
}

test('what the process does meanwhile is recorded, what it did before is not, and the file has it, too', async () => {
  const file = join(folder, 'results', 'recorded.cpuprofile');
  const worker = await started(file);
  await doWork(worker, 'before');
  const recording = await Recording.start(file, worker.pid);
  await doWork(worker, 'meanwhile');
  const profile = await recording.stop();
  const functions = profile.nodes.map(({ callFrame }) => callFrame.functionName);
  expect(functions).toContain('meanwhile');
  expect(functions).not.toContain('before');
  expect(JSON.parse(await readFile(file, 'utf8')) as Profiler.Profile).toEqual(profile);
});

test('what an earlier run has left in the file is not taken for the recording', async () => {
  const file = join(folder, 'again.cpuprofile');
  await writeFile(file, '{ "nodes": [] }');
  const worker = await started(file);
  const recording = await Recording.start(file, worker.pid);
  expect(await readFile(file, 'utf8')).toBe('');
  expect((await recording.stop()).nodes).not.toEqual([]);
});
