import { rename, writeFile } from 'node:fs/promises';
import { Session } from 'node:inspector/promises';
import { fileURLToPath } from 'node:url';

// Loaded into a service before its program, by recording.ts. The first SIGUSR2 begins a CPU profile and leaves an empty file;
// with the second the profile takes its place, whole.

/** As `node --cpu-prof` does. More often costs more: 400 µs added two thirds to the CPU of a service, this a third. */
const SAMPLE_EVERY_US = 1_000;

const file = fileURLToPath(new URL(import.meta.url).searchParams.get('file')!);
const session = new Session();
session.connect();
await session.post('Profiler.enable');
await session.post('Profiler.setSamplingInterval', { interval: SAMPLE_EVERY_US });

process.once('SIGUSR2', () => void start());

async function start(): Promise<void> {
  await session.post('Profiler.start');
  process.once('SIGUSR2', () => void stop());
  await writeFile(file, '');
}

async function stop(): Promise<void> {
  const { profile } = await session.post('Profiler.stop');
  await writeFile(`${file}.part`, JSON.stringify(profile));
  await rename(`${file}.part`, file);
}
