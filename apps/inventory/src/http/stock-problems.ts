import { problemType } from '#http';

/** The problems of stock. */
export const stockProblems = {
  unknownSku: problemType('unknown-sku', 404, 'The SKU is unknown'),
  stockOutOfRange: problemType('stock-out-of-range', 422, 'The stock would exceed its maximum'),
};
