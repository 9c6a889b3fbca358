import pg from 'pg';

/**
 * Makes pg return bigint columns as numbers instead of strings. Money in minor units and quantities stay far below
 * 2^53; should a value ever exceed it, this throws rather than round.
 */
export function readBigintsAsNumbers(): void {
  pg.types.setTypeParser(pg.types.builtins.INT8, (text) => {
    const value = Number(text);
    if (!Number.isSafeInteger(value))
      throw new RangeError(`${text} does not fit a JavaScript number exactly`);
    return value;
  });
}
