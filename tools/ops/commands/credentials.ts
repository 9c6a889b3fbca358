import type { Command } from 'commander';
import { services } from '#contracts';
import { type CommandContext, missingVariable, type RunCommand } from '../command-context.js';

/** The login for the management UI, a database or a REST interface, from the `OPS_…` variables. */
interface Credential {
  readonly target: string;
  readonly user?: string;
  readonly password?: string;
  readonly token?: string;
  readonly command?: string;
}

/** `ops credentials` */
export function addCredentialsCommand(program: Command, run: RunCommand): void {
  program
    .command('credentials')
    .description(
      'prints the passwords and tokens of the management UI, the databases and the REST interfaces',
    )
    .action(() => run(show));
}

async function show(context: CommandContext): Promise<void> {
  const found = [
    ...managementCredential(context),
    ...databaseCredentials(context),
    ...(await tokenCredentials(context)),
  ];
  if (found.length === 0) throw missingVariable('RABBITMQ_MANAGEMENT_URL, OPS_ORDER_DATABASE_URL, …');
  context.printResult(found, () => found.map(describe).join('\n\n'));
}

function describe({ target, command, ...secrets }: Credential): string {
  return [
    target,
    ...Object.entries(secrets).map(([name, value]) => `  ${name.padEnd(8)}  ${value}`),
    ...(command === undefined ? [] : [`  ${command}`]),
  ].join('\n');
}

function managementCredential({ config }: CommandContext): Credential[] {
  const { rabbitmqManagementUrl, rabbitmqUrl, publishedManagement } = config;
  if (rabbitmqManagementUrl === undefined) return [];
  const page = new URL(rabbitmqManagementUrl);
  const { username, password } = page.username === '' ? new URL(rabbitmqUrl ?? page) : page;
  const target = `${page.protocol}//${publishedManagement ?? page.host}`;
  return [{ target, user: decodeURIComponent(username), password: decodeURIComponent(password) }];
}

function databaseCredentials({ config }: CommandContext): Credential[] {
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
    if (config.publishedPostgres !== undefined) usePublishedHost(url, config.publishedPostgres);
    return {
      target: `the database of ${service}`,
      user: decodeURIComponent(username),
      password: decodeURIComponent(password),
      command: `psql '${url.href}'`,
    };
  });
}

/** The certificate does not name the published host, and the operator's machine may lack the CA file: encrypt only. */
function usePublishedHost(url: URL, at: string): void {
  url.host = at;
  if (!url.searchParams.has('sslrootcert')) return;
  url.searchParams.set('sslmode', 'require');
  url.searchParams.delete('sslrootcert');
}

/** One token of the operator for every service, valid for 12 h. */
async function tokenCredentials(context: CommandContext): Promise<Credential[]> {
  const { config } = context;
  if (config.accessKey === undefined) return [];
  const token = await context.issueToken(context.operatorName(), ['operator']);
  return services.flatMap((service) => {
    const url = config[`published${capitalize(service)}`];
    if (url === undefined) return [];
    const target = `the REST interface for operators of ${service}`;
    return {
      target,
      token,
      command: `curl -H 'authorization: Bearer ${token}' ${url}/operator/dead-letters`,
    };
  });
}

function capitalize<Word extends string>(word: Word): Capitalize<Word> {
  return (word.charAt(0).toUpperCase() + word.slice(1)) as Capitalize<Word>;
}
