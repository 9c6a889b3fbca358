import type { Command } from 'commander';
import { services } from '#contracts';
import { type Desk, missing } from '../desk.js';

/** How one page or database is opened, by whoever may read what `OPS_…` variables say. */
interface Credential {
  readonly where: string;
  readonly user: string;
  readonly password: string;
  readonly command?: string;
}

/** `ops credentials` */
export function addCredentialsCommand(
  program: Command,
  run: (work: (desk: Desk) => Promise<void>) => Promise<void>,
): void {
  program
    .command('credentials')
    .description("how to log in to RabbitMQ's pages and to the databases: prints passwords")
    .action(() => run(async (desk) => show(desk)));
}

function show(desk: Desk): void {
  const found = [...managementCredential(desk), ...databaseCredentials(desk)];
  if (found.length === 0) throw missing('RABBITMQ_MANAGEMENT_URL, OPS_ORDER_DATABASE_URL, …');
  desk.report(found, () => found.map(describe).join('\n\n'));
}

function describe({ where, user, password, command }: Credential): string {
  return [
    where,
    `  user      ${user}`,
    `  password  ${password}`,
    ...(command === undefined ? [] : [`  ${command}`]),
  ].join('\n');
}

function managementCredential({ config }: Desk): Credential[] {
  const { rabbitmqManagementUrl, rabbitmqUrl, publishedManagement } = config;
  if (rabbitmqManagementUrl === undefined) return [];
  const page = new URL(rabbitmqManagementUrl);
  const { username, password } = page.username === '' ? new URL(rabbitmqUrl ?? page) : page;
  const where = `${page.protocol}//${publishedManagement ?? page.host}`;
  return [{ where, user: decodeURIComponent(username), password: decodeURIComponent(password) }];
}

function databaseCredentials({ config }: Desk): Credential[] {
  const urls = {
    order: config.orderDatabaseUrl,
    inventory: config.inventoryDatabaseUrl,
    payment: config.paymentDatabaseUrl,
  };
  return services.flatMap((service) => {
    const given = urls[service];
    if (given === undefined) return [];
    const url = new URL(given);
    const { username, password } = url;
    if (config.publishedPostgres !== undefined) url.host = config.publishedPostgres;
    return {
      where: `the database of ${service}`,
      user: decodeURIComponent(username),
      password: decodeURIComponent(password),
      command: `psql '${url.href}'`,
    };
  });
}
