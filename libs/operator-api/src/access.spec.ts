import { expect, test } from 'vitest';

import { ProblemException } from '#http';
import { OperatorAccess } from './access.js';

const access = new OperatorAccess('test-operator-token', 'ORDER_OPERATOR_TOKEN');

/** The problem that a request with this header is refused with. */
function rejection(authorization: string | undefined, to = access): ProblemException | undefined {
  try {
    to.check(authorization);
  } catch (error) {
    if (error instanceof ProblemException) return error;
    throw error;
  }
  return undefined;
}

test.each(['Bearer test-operator-token', 'bearer  test-operator-token'])(
  'the token is accepted: %s',
  (authorization) => {
    expect(rejection(authorization)).toBeUndefined();
  },
);

test.each([
  undefined,
  '',
  'Bearer',
  'Bearer ',
  'Bearer test-operator-toke',
  'Bearer test-operator-token-',
  'Basic test-operator-token',
  'test-operator-token',
])('any other header is refused: %s', (authorization) => {
  expect(rejection(authorization)).toMatchObject({
    problem: { status: 401, type: 'urn:problem-type:unauthorized' },
    headers: { 'www-authenticate': 'Bearer realm="operators"' },
  });
});

test('without a configured token the problem names the variable', () => {
  const closed = new OperatorAccess(undefined, 'ORDER_OPERATOR_TOKEN');
  for (const authorization of [undefined, 'Bearer undefined', 'Bearer ']) {
    expect(rejection(authorization, closed)).toMatchObject({
      problem: { status: 404, type: 'urn:problem-type:operator-api-disabled' },
      message: expect.stringContaining('ORDER_OPERATOR_TOKEN is not set') as string,
    });
  }
});
