import { Column, Entity, PrimaryColumn, UpdateDateColumn } from 'typeorm';

@Entity('payments')
export class Payment {
  @PrimaryColumn('uuid', { name: 'order_id' })
  orderId!: string;

  /** Initially `voided` when `order.cancelled` arrived before `order.placed`. */
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
