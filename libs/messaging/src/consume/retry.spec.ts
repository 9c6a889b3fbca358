import { expect, test } from 'vitest';

import { PublishOutcomeUnknownError, UnpublishableError } from '../errors.js';
import type { Publication } from '../publish/publication.js';
import { RetryPublisher } from './retry.js';

const UNKNOWN = new PublishOutcomeUnknownError('no confirm');

function retry(step: string, text: string): Publication {
  return { exchange: 'x.retry', routingKey: `${step}.queue`, body: Buffer.from(text), properties: {} };
}

/** A publisher whose `outcomes` name the publications that fail; it records what was published. */
function setUp(outcomes: Map<string, Error>) {
  const published: string[] = [];
  const publish = ({ body }: Publication): Promise<void> => {
    published.push(body.toString());
    const error = outcomes.get(body.toString());
    return error ? Promise.reject(error) : Promise.resolve();
  };
  return { published, retries: new RetryPublisher({ publish } as never) };
}

const batch = [retry('1s', 'a'), retry('1s', 'b'), retry('5s', 'c'), retry('1s', 'd'), retry('5s', 'e')];

test('retries are published together, each with its outcome', async () => {
  const unpublishable = new UnpublishableError('no');
  const { published, retries } = setUp(
    new Map<string, Error>([
      ['b', UNKNOWN],
      ['e', unpublishable],
    ]),
  );
  expect(await retries.publishAll(batch)).toEqual([undefined, UNKNOWN, undefined, undefined, unpublishable]);
  expect(published.toSorted()).toEqual(['a', 'b', 'c', 'd', 'e']);
});

test('a delay queue that does not confirm is probed by one retry', async () => {
  const outcomes = new Map<string, Error>(['a', 'b', 'd'].map((text) => [text, UNKNOWN]));
  const { published, retries } = setUp(outcomes);
  await retries.publishAll(batch);
  published.length = 0;
  for (let attempts = 1; attempts <= 3; attempts += 1) {
    const errors = await retries.publishAll(batch);
    expect(errors.map((error) => error === UNKNOWN)).toEqual([true, true, false, true, false]);
    expect(published.splice(0).toSorted()).toEqual(['a', 'c', 'e']);
    await retries.publishAll([]); // a batch without retries forgets nothing
  }
  outcomes.clear();
  expect(await retries.publishAll(batch)).toEqual(batch.map(() => undefined));
  expect(published).toHaveLength(5);
});
