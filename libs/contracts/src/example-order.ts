/** The order in the examples of all events: two packs of 龙井茶 and a teapot, 626.00 元. */
export const exampleOrder = {
  orderId: '019aa5d0-3c8e-7a41-9b52-6f0d2e7c8a13',
  customerId: 'lin-xiaoyu',
  total: { amount: 62_600, currency: 'CNY' },
};

/** The stock lines of {@link exampleOrder}. */
export const exampleStockLines = [
  { sku: 'TEA-LONGJING-100G', quantity: 2 },
  { sku: 'TEAPOT-ZISHA-200ML', quantity: 1 },
];
