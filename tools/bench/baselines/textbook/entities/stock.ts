import { Check, Column, Entity, PrimaryColumn, UpdateDateColumn } from 'typeorm';

@Entity('stock_levels')
@Check('received = available + held + deducted')
export class StockLevel {
  @PrimaryColumn('text')
  sku!: string;

  @Column('int')
  received!: number;

  @Check('available >= 0')
  @Column('int')
  available!: number;

  @Column('int', { default: 0 })
  held!: number;

  @Column('int', { default: 0 })
  deducted!: number;

  @UpdateDateColumn({ name: 'updated_at', type: 'timestamptz' })
  updatedAt!: Date;
}

export interface StockLine {
  sku: string;
  quantity: number;
}

@Entity('reservations')
export class Reservation {
  @PrimaryColumn('uuid', { name: 'order_id' })
  orderId!: string;

  @Column('text')
  status!: 'held' | 'rejected' | 'deducted' | 'released';

  @Column('jsonb')
  lines!: StockLine[];

  @UpdateDateColumn({ name: 'updated_at', type: 'timestamptz' })
  updatedAt!: Date;
}
