import { Column, CreateDateColumn, Entity, Index, PrimaryColumn, PrimaryGeneratedColumn } from 'typeorm';

/** The claim of a handled message. */
@Entity('inbox')
export class InboxMessage {
  @PrimaryColumn('uuid', { name: 'message_id' })
  messageId!: string;

  @CreateDateColumn({ name: 'handled_at', type: 'timestamptz' })
  handledAt!: Date;
}

/** An event to publish. */
@Entity('outbox')
export class OutboxMessage {
  @PrimaryGeneratedColumn('identity', { type: 'bigint' })
  position!: string;

  @Column('uuid', { name: 'message_id' })
  messageId!: string;

  /** The event's name, which is its routing key: `order.placed`. */
  @Column('text')
  pattern!: string;

  @Column('jsonb')
  data!: object;

  @CreateDateColumn({ name: 'created_at', type: 'timestamptz' })
  createdAt!: Date;

  @Index('outbox_pending', { where: 'published_at IS NULL' })
  @Column('timestamptz', { name: 'published_at', nullable: true })
  publishedAt!: Date | null;
}
