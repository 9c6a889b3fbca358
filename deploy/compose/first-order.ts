import { createOrderRequest } from '../../tools/client/api-types.js';

/** The order that `docker compose up` places. The stock in README counts it. */
export const FIRST_ORDER = createOrderRequest('TEA-LONGJING-100G', 2);
