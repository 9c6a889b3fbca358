import { type ManagementAccess } from './rabbitmq-management.js';

/** All that is needed to make databases; plain data, so that it can be handed to another process. */
export interface DatabaseAccess {
  /** As a user that may create databases and roles. */
  adminUrl: string;
  /** What the name of every database and role of ours begins with; empty on a server that is ours alone. */
  namePrefix: string;
}

/** All that is needed to make virtual hosts; plain data, so that it can be handed to another process. */
export interface BrokerAccess {
  /** `amqp://user:password@host:port`, without a virtual host. */
  amqpUrl: string;
  /** Missing when a broker was given whose management API we cannot use. */
  management?: ManagementAccess;
  /** What the name of every virtual host and user of ours begins with; empty on a broker that is ours alone. */
  namePrefix: string;
  /** The one virtual host we may use, where there is no management API to make others with. */
  onlyVhost?: string;
}
