import type { DeadLetterRow } from '../protocol-records.js';
import type { OrderRow, ServiceName } from '../protocol.js';
import { LetterTable } from './letters/letter-table.js';
import { OrdersTable } from './live/orders-table.js';
import { Empty, ErrorLine, Panel } from './parts/ui.js';
import { useData } from './parts/use-data.js';
import { say } from './state.js';
import { texts } from './texts.js';

interface Found {
  readonly orders: readonly OrderRow[];
  readonly letters: readonly (DeadLetterRow & { readonly service: ServiceName })[];
}

/** `#/search/<text>` */
export function SearchView({ query }: { readonly query: string }) {
  const { data, error } = useData<Found>(`/api/search?q=${encodeURIComponent(query)}`);
  const found = data.value;
  return (
    <Panel title={say(texts.searchResults)(query)} name="search">
      {error.value && <ErrorLine>{error.value.message}</ErrorLine>}
      {found && found.orders.length + found.letters.length === 0 && <Empty>{say(texts.nothingFound)}</Empty>}
      {found && found.orders.length > 0 && <OrdersTable orders={found.orders} />}
      {found && found.letters.length > 0 && <LetterTable letters={found.letters} />}
    </Panel>
  );
}
