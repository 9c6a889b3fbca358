/** The configuration of a program, from its environment. */
export const settings = {
  port: Number(process.env['PORT']),
  databaseUrl: process.env['DATABASE_URL'] ?? '',
  brokerUrl: process.env['RABBITMQ_URL'] ?? '',
  gatewayUrl: new URL(process.env['GATEWAY_URL'] ?? 'http://127.0.0.1'),
};
