import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { load } from 'js-yaml';
import { expect, test } from 'vitest';

import { REPOSITORY_ROOT } from '../../tools/client/repository-root.js';

interface ComposeFile {
  readonly services: Readonly<Record<string, { readonly volumes?: readonly unknown[] }>>;
}

const FILES = ['docker-compose.yml', 'compose.cluster.yml', 'compose.tls.yml'];

function read(file: string): string {
  return readFileSync(join(REPOSITORY_ROOT, file), 'utf8');
}

test('no container mounts a file of the clone', () => {
  const mounts = FILES.flatMap((file) => {
    const { services } = load(read(file)) as ComposeFile;
    return Object.values(services).flatMap(({ volumes = [] }) => volumes);
  });
  expect(mounts.length).toBeGreaterThan(20);
  // A named volume: not a path, and not the long form.
  expect(mounts.filter((mount) => typeof mount !== 'string' || !/^[a-z][\w-]*:/.test(mount))).toEqual([]);
});

test('a second shop shares no project name, image and port with the first', () => {
  const variables = [
    ...FILES.map(read)
      .join('\n')
      .matchAll(/\$\{(\w+):-([\d-]+)\}:\d+'/g),
  ];
  const ports = new Map(variables.map(([, name = '', port]) => [name, port]));
  const parse = (file: string): Map<string, string> =>
    new Map([...read(file).matchAll(/^(\w+)=(.*)$/gm)].map(([, name = '', value = '']) => [name, value]));
  const [first, second] = [parse('.env'), parse('deploy/compose/second-shop.env')];
  expect(ports.size).toBeGreaterThan(10);
  expect([...second.keys()].toSorted()).toEqual([...first.keys(), ...ports.keys()].toSorted());
  expect(second.get('COMPOSE_PROJECT_NAME')).not.toBe(first.get('COMPOSE_PROJECT_NAME'));
  const all = [...ports.values(), ...[...ports.keys()].map((name) => second.get(name))];
  expect(new Set(all).size).toBe(all.length);
});
