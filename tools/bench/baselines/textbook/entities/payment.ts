import { Column, Entity, PrimaryColumn, UpdateDateColumn } from 'typeorm';

@Entity('payments')
export class Payment {
  @PrimaryColumn('uuid', { name: 'order_id' })
  orderId!: string;

  /** `voided` from the start when the order was cancelled before its payment was asked for. */
  @Column('text')
  status!: 'authorized' | 'declined' | 'captured' | 'voided';

  @Column('int')
  amount!: number;

  @Column('text', { name: 'authorization_id', nullable: true })
  authorizationId!: string | null;

  @Column('text', { name: 'capture_id', nullable: true })
  captureId!: string | null;

  @UpdateDateColumn({ name: 'updated_at', type: 'timestamptz' })
  updatedAt!: Date;
}
