/** Title and description of the OpenAPI document. */
export const about = {
  title: 'Order 订单',
  description:
    'Accepts orders, publishes them to inventory and payment, and completes or cancels each of them.',
};
