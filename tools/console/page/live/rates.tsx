import { duration } from '../format.js';
import { Chart } from '../parts/chart.js';
import { Panel } from '../parts/ui.js';
import { say } from '../state.js';
import { texts } from '../texts.js';

/** Live charts: accepted orders, completion, gateway and retries, outbox lag. */
export function Rates() {
  return (
    <Panel title={say(texts.rates)} name="rates">
      <div class="charts">
        <Chart
          title={say(texts.accepted)}
          unit={say(texts.ordersPerSecond)}
          series={[{ label: 'accepted', color: 'accent', value: ({ accepted }) => accepted }]}
        />
        <Chart
          title={say(texts.completion)}
          unit=""
          format={duration}
          series={[
            { label: 'p50', color: 'accent', value: ({ p50 }) => p50 },
            { label: 'p99', color: 'violet', value: ({ p99 }) => p99 },
          ]}
        />
        <Chart
          title={say(texts.work)}
          unit=""
          series={[
            { label: say(texts.inFlight), color: 'accent', value: ({ inFlight }) => inFlight },
            { label: say(texts.retries), color: 'warn', value: ({ retries }) => retries },
          ]}
        />
        <Chart
          title={say(texts.lag)}
          unit=""
          format={duration}
          series={[{ label: 'lag', color: 'warn', value: ({ lag }) => lag }]}
        />
      </div>
    </Panel>
  );
}
