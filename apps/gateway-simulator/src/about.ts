/** Title and description of the OpenAPI document. */
export const about = {
  title: 'Payment gateway simulator',
  description:
    'Simulates Stripe, 支付宝 or 微信支付: authorizes, captures, voids and refunds. Modes inject faults.',
};
