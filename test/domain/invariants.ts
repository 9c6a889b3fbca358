import type { Call, ShopModel } from './shop-model.js';

/** Violations of S1 to S4 of docs/explanation/guarantees.md, which hold in every state. Pricing tests S5; each step checks S6. */
export function violationsAtAnyTime(shop: ShopModel): readonly string[] {
  return [...stockViolations(shop), ...Object.keys(shop.placed).flatMap((id) => gatewayViolations(shop, id))];
}

function stockViolations(shop: ShopModel): readonly string[] {
  const reserved = (sku: string, status: 'held' | 'deducted') =>
    Object.values(shop.reservations)
      .filter((reservation) => reservation.status === status)
      .flatMap((reservation) => reservation.lines)
      .reduce((sum, line) => (line.sku === sku ? sum + line.quantity : sum), 0);
  return Object.values(shop.stock).flatMap(({ sku, received, available, held, deducted }) => {
    const found: string[] = [];
    if (received !== available + held + deducted) found.push(`S1: ${sku} does not add up`);
    if (Math.min(received, available, held, deducted) < 0) found.push(`S1: ${sku} is negative`);
    if (held !== reserved(sku, 'held')) found.push(`S2: ${sku} held is not what reservations hold`);
    if (deducted !== reserved(sku, 'deducted'))
      found.push(`S2: ${sku} deducted is not what reservations deducted`);
    return found;
  });
}

function gatewayViolations(shop: ShopModel, orderId: string): readonly string[] {
  const calls = Object.values(shop.calls).filter((call) => call.orderId === orderId);
  const isApproved = (operation: Call['operation']) =>
    calls.some((call) => call.operation === operation && call.response === 'approved');
  const found: string[] = [];
  const total = shop.placed[orderId]?.total.amount;
  if (calls.some((call) => call.amount !== total)) found.push('the gateway was called with another amount');
  if (calls.filter((call) => call.response === null).length > 1) found.push('two operations are in flight');
  if (calls.filter((call) => call.operation === 'capture').length > 1) found.push('S3: two captures');
  const refunds = calls.filter((call) => call.operation === 'refund' && call.response === 'approved');
  if (refunds.length > 1) found.push('S4: refunded twice');
  if (refunds.length > 0 && !isApproved('capture')) found.push('S4: refunded without a capture');
  if (isApproved('void') && isApproved('capture')) found.push('a captured payment was voided');
  if (isApproved('capture') && !isApproved('authorize')) found.push('captured without an authorization');
  return found.map((violation) => `${orderId}: ${violation}`);
}

/** Violations in an idle shop: Q1 (every order has ended), Q2, Q3, and no authorization without a capture or void. */
export function violationsWhenIdle(shop: ShopModel): readonly string[] {
  return Object.values(shop.orders).flatMap(({ orderId, status }) => {
    const reservation = shop.reservations[orderId];
    const payment = shop.payments[orderId];
    const charged = chargedAtGateway(shop, orderId);
    const total = shop.placed[orderId]?.total.amount ?? 0;
    const hasStock = reservation?.status === 'held' || reservation?.status === 'deducted';
    const found: string[] = [];
    switch (status) {
      case 'completed':
        if (reservation?.status !== 'deducted') found.push('Q2: completed without the stock deducted');
        if (!hasSameLines(shop, orderId)) found.push('Q2: other lines were deducted');
        if (charged !== total) found.push('Q2: completed without the exact charge');
        break;
      case 'cancelled':
        if (hasStock) found.push('Q3: cancelled, but stock is kept');
        if (charged !== paidBackOutside(shop, orderId)) found.push('Q3: cancelled, but charged');
        if (isMoneyAuthorized(shop, orderId)) found.push('cancelled, but the money is still authorized');
        break;
      case 'cancelling':
        if (payment?.status !== 'refund_failed') found.push('cancelling, and no message is pending');
        if (hasStock) found.push('waits for a refund, but stock is kept');
        if (charged !== total) found.push('waits for a refund without a charge');
        break;
      case 'pending':
      case 'confirmed':
        found.push(`still ${status}, and no message is pending`);
    }
    return found.map((violation) => `${orderId}: ${violation}`);
  });
}

/** The amount of a refund that an operator recorded as paid outside; the gateway's ledger has none. */
function paidBackOutside({ payments }: ShopModel, orderId: string): number {
  const payment = payments[orderId];
  return payment?.refundId?.startsWith('bank_') ? (payment.money?.amount ?? 0) : 0;
}

/** captured − refunded, by the ledger of the gateway. */
function chargedAtGateway(shop: ShopModel, orderId: string): number {
  return Object.values(shop.calls)
    .filter((call) => call.orderId === orderId && call.response === 'approved')
    .reduce((sum, { operation, amount }) => {
      if (operation === 'capture') return sum + amount;
      return operation === 'refund' ? sum - amount : sum;
    }, 0);
}

/** Authorized, and neither captured nor voided. A refused void means that the authorization has expired. */
function isMoneyAuthorized(shop: ShopModel, orderId: string): boolean {
  const calls = Object.values(shop.calls).filter((call) => call.orderId === orderId);
  const done = (operation: Call['operation'], ...responses: readonly Call['response'][]) =>
    calls.some((call) => call.operation === operation && responses.includes(call.response));
  const isEnded = done('capture', 'approved') || done('void', 'approved', 'refused');
  return done('authorize', 'approved') && !isEnded;
}

function hasSameLines(shop: ShopModel, orderId: string): boolean {
  const unitsPerSku = (lines: readonly { sku: string; quantity: number }[] = []) => {
    const units = new Map<string, number>();
    for (const { sku, quantity } of lines) units.set(sku, (units.get(sku) ?? 0) + quantity);
    return units;
  };
  const ordered = unitsPerSku(shop.placed[orderId]?.lines);
  const reserved = unitsPerSku(shop.reservations[orderId]?.lines);
  return ordered.size === reserved.size && [...ordered].every(([sku, units]) => reserved.get(sku) === units);
}
