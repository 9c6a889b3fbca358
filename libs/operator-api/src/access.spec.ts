import { expect, test } from 'vitest';

import { ProblemException } from '#http';
import { OperatorAccess } from './access.js';

const access = new OperatorAccess('the-token-of-the-operators', 'ORDER_OPERATOR_TOKEN');

/** What a request with this header is refused with, if it is. */
function refusal(authorization: string | undefined, to = access): ProblemException | undefined {
  try {
    to.check(authorization);
  } catch (error) {
    if (error instanceof ProblemException) return error;
    throw error;
  }
  return undefined;
}

test.each(['Bearer the-token-of-the-operators', 'bearer  the-token-of-the-operators'])(
  'whoever shows the token is let in: %s',
  (authorization) => {
    expect(refusal(authorization)).toBeUndefined();
  },
);

test.each([
  undefined,
  '',
  'Bearer',
  'Bearer ',
  'Bearer the-token-of-the-operator',
  'Bearer the-token-of-the-operators-',
  'Basic the-token-of-the-operators',
  'the-token-of-the-operators',
])('nobody else is: %s', (authorization) => {
  expect(refusal(authorization)).toMatchObject({
    problem: { status: 401, type: 'urn:problem-type:operators-only' },
    headers: { 'www-authenticate': 'Bearer realm="operators"' },
  });
});

test('without a token nobody is, and it is said what to set', () => {
  const closed = new OperatorAccess(undefined, 'ORDER_OPERATOR_TOKEN');
  for (const authorization of [undefined, 'Bearer undefined', 'Bearer ']) {
    expect(refusal(authorization, closed)).toMatchObject({
      problem: { status: 404, type: 'urn:problem-type:operators-interface-off' },
      message: expect.stringContaining('ORDER_OPERATOR_TOKEN is not set') as string,
    });
  }
});
