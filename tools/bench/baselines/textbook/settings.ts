/** The configuration of a service, from its environment. */
export const settings = {
  port: Number(process.env['PORT']),
  databaseUrl: process.env['DATABASE_URL'] ?? '',
  rabbitmqUrl: process.env['RABBITMQ_URL'] ?? '',
  gatewayUrl: process.env['GATEWAY_URL'] ?? '',
};
