import { type ManagementAccess } from './rabbitmq-management.js';

/** Access to a PostgreSQL server for creating databases. Plain data, so it can be passed to another process. */
export interface DatabaseAccess {
  /** URL of a role with CREATEDB and CREATEROLE. */
  adminUrl: string;
  /** Prefix of every database and role of the run; empty on a private server. */
  namePrefix: string;
}

/** Access to a broker for creating virtual hosts. Plain data, so it can be passed to another process. */
export interface BrokerAccess {
  /** `amqp://user:password@host:port`, without a virtual host. */
  amqpUrl: string;
  /** Undefined for an external broker without a usable management API. */
  management?: ManagementAccess;
  /** The broker's metrics for Prometheus: `http://127.0.0.1:15692`. Undefined for an external broker. */
  prometheusUrl?: string;
  /** Prefix of every virtual host and user of the run; empty on a private broker. */
  namePrefix: string;
  /** The only usable virtual host, when there is no management API to create one. */
  onlyVhost?: string;
}
