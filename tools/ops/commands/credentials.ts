import type { Command } from 'commander';
import { services } from '#contracts';
import { type Desk, missing } from '../command-context.js';

/** How one page, database or interface is opened, by whoever may read what `OPS_…` variables say. */
interface Credential {
  readonly where: string;
  readonly user?: string;
  readonly password?: string;
  readonly token?: string;
  readonly command?: string;
}

/** `ops credentials` */
export function addCredentialsCommand(
  program: Command,
  run: (work: (desk: Desk) => Promise<void>) => Promise<void>,
): void {
  program
    .command('credentials')
    .description("how to log in to RabbitMQ's pages, the databases and the services: prints passwords")
    .action(() => run(async (desk) => show(desk)));
}

function show(desk: Desk): void {
  const found = [...managementCredential(desk), ...databaseCredentials(desk), ...tokens(desk)];
  if (found.length === 0) throw missing('RABBITMQ_MANAGEMENT_URL, OPS_ORDER_DATABASE_URL, …');
  desk.report(found, () => found.map(describe).join('\n\n'));
}

function describe({ where, command, ...secrets }: Credential): string {
  return [
    where,
    ...Object.entries(secrets).map(([name, value]) => `  ${name.padEnd(8)}  ${value}`),
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
    if (config.publishedPostgres !== undefined) publish(url, config.publishedPostgres);
    return {
      where: `the database of ${service}`,
      user: decodeURIComponent(username),
      password: decodeURIComponent(password),
      command: `psql '${url.href}'`,
    };
  });
}

/** Where it is published the host has another name than its certificate says, and the authority's file is not there. */
function publish(url: URL, at: string): void {
  url.host = at;
  if (!url.searchParams.has('sslrootcert')) return;
  url.searchParams.set('sslmode', 'require');
  url.searchParams.delete('sslrootcert');
}

function tokens({ config }: Desk): Credential[] {
  return services.flatMap((service) => {
    const token = config[`${service}OperatorToken`];
    if (token === undefined) return [];
    const where = `the operators' REST interface of ${service}`;
    const url = config[`published${capitalized(service)}`];
    const command = `curl -H 'authorization: Bearer ${token}' ${url ?? '…'}/operator/dead-letters`;
    return { where, token, ...(url === undefined ? {} : { command }) };
  });
}

function capitalized<Word extends string>(word: Word): Capitalize<Word> {
  return (word.charAt(0).toUpperCase() + word.slice(1)) as Capitalize<Word>;
}
