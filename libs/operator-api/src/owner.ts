import type { Service } from '#contracts';

/** Whose tables the interface is of. */
export class Owner {
  constructor(readonly service: Service) {}
}
