import {
  Column,
  CreateDateColumn,
  Entity,
  Index,
  JoinColumn,
  ManyToOne,
  OneToMany,
  PrimaryColumn,
  PrimaryGeneratedColumn,
  type Relation,
  UpdateDateColumn,
} from 'typeorm';

export type OrderStatus = 'pending' | 'confirmed' | 'completed' | 'cancelled';
export type StockStatus = 'waiting' | 'held' | 'rejected' | 'deducted' | 'released';
export type PaymentStatus = 'waiting' | 'authorized' | 'declined' | 'captured' | 'voided';

@Entity('products')
export class Product {
  @PrimaryColumn('text')
  sku!: string;

  @Column('int')
  price!: number;

  @Column('int', { name: 'price_version' })
  priceVersion!: number;
}

@Entity('orders')
export class Order {
  @PrimaryGeneratedColumn('uuid')
  id!: string;

  @Column('text', { name: 'customer_id' })
  customerId!: string;

  @Index()
  @Column('text')
  status!: OrderStatus;

  @Column('text', { name: 'stock_status' })
  stockStatus!: StockStatus;

  @Column('text', { name: 'payment_status' })
  paymentStatus!: PaymentStatus;

  @Column('int')
  total!: number;

  @OneToMany(() => OrderLine, (line) => line.order, { cascade: true })
  lines!: Relation<OrderLine>[];

  @CreateDateColumn({ name: 'placed_at', type: 'timestamptz' })
  placedAt!: Date;

  @UpdateDateColumn({ name: 'updated_at', type: 'timestamptz' })
  updatedAt!: Date;
}

@Entity('order_lines')
export class OrderLine {
  @PrimaryGeneratedColumn('identity', { type: 'bigint' })
  id!: string;

  @Index()
  @ManyToOne(() => Order, (order) => order.lines)
  @JoinColumn({ name: 'order_id' })
  order!: Relation<Order>;

  @Column('text')
  sku!: string;

  @Column('int')
  quantity!: number;

  @Column('int', { name: 'unit_price' })
  unitPrice!: number;

  @Column('int', { name: 'price_version' })
  priceVersion!: number;
}

/** One transition of an order, for support. */
@Entity('order_history')
export class OrderHistory {
  @PrimaryGeneratedColumn('identity', { type: 'bigint' })
  id!: string;

  @Index()
  @Column('uuid', { name: 'order_id' })
  orderId!: string;

  /** The event that caused the transition. */
  @Column('text')
  trigger!: string;

  @Column('text')
  status!: OrderStatus;

  @CreateDateColumn({ type: 'timestamptz' })
  at!: Date;
}

/** A client's idempotency key and its order: a repeated key does not create a second order. */
@Entity('idempotency_keys')
export class IdempotencyKey {
  @PrimaryColumn('text', { name: 'customer_id' })
  customerId!: string;

  @PrimaryColumn('text')
  key!: string;

  @Column('uuid', { name: 'order_id' })
  orderId!: string;
}
