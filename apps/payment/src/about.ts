/** Title and description of the OpenAPI document. */
export const about = {
  title: 'Payment 支付',
  description: 'Authorizes, captures, voids and refunds what orders cost, through a payment gateway.',
};
