import type { ActiveFault } from '../../protocol.js';

/** How long a switch of the Lab stays on, in ms. */
export const FAULT_LIFETIME_MS = 60_000;

interface Fault extends ActiveFault {
  readonly revert: () => Promise<void>;
  readonly timer: NodeJS.Timeout;
}

/** The faults that are on. Each ends after 60 s, when it is switched off, or when the console stops. */
export class Faults {
  private readonly active = new Map<string, Fault>();

  constructor(private readonly lifetimeMs = FAULT_LIFETIME_MS) {}

  /** Injects a fault; a fault of the same id is reverted first. Rejects when `inject` does. */
  async start(
    id: string,
    detail: string,
    { inject, revert }: { readonly inject: () => Promise<void> | void; readonly revert: () => Promise<void> },
  ): Promise<void> {
    await this.stop(id);
    await inject();
    const timer = setTimeout(() => void this.stop(id).catch(() => {}), this.lifetimeMs);
    this.active.set(id, { id, detail, endsAt: Date.now() + this.lifetimeMs, revert, timer });
  }

  /** Reverts a fault; none of this id is no error. Rejects when the revert does, and then the fault stays listed. */
  async stop(id: string): Promise<void> {
    const fault = this.active.get(id);
    if (!fault) return;
    clearTimeout(fault.timer);
    await fault.revert();
    this.active.delete(id);
  }

  async stopAll(): Promise<void> {
    await Promise.allSettled([...this.active.keys()].map((id) => this.stop(id)));
  }

  list(): readonly ActiveFault[] {
    return [...this.active.values()].map(({ id, detail, endsAt }) => ({ id, detail, endsAt }));
  }
}
