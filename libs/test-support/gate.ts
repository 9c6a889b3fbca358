/** Something to wait at until the test opens it. */
export interface Gate {
  readonly opened: Promise<void>;
  readonly open: () => void;
}

export function createGate(): Gate {
  let open!: () => void;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open };
}

/** A gate that opens when `count` have come to it, so that they go on at the same time. */
export function createBarrier(count: number): () => Promise<void> {
  const { opened, open } = createGate();
  let arrived = 0;
  return () => {
    arrived += 1;
    if (arrived >= count) open();
    return opened;
  };
}
