const ERASE_LINE = '\r\u001b[2K';
const DRAW_EVERY_MS = 250;
/** Where there is no line to draw over: in a pipe or a file. */
const PRINT_EVERY_MS = 10_000;

/** Lines that stay, and below them one that is drawn again and again. */
export class Progress {
  private readonly isLive: boolean;
  private timer: NodeJS.Timeout | undefined;
  private status: () => string = () => '';

  constructor(private readonly out: NodeJS.WriteStream) {
    this.isLive = out.isTTY && process.env['TERM'] !== 'dumb';
  }

  /** Shows what `now` says until {@link clearStatus}. */
  showStatus(now: () => string): void {
    this.status = now;
    this.timer = setInterval(() => this.draw(), this.isLive ? DRAW_EVERY_MS : PRINT_EVERY_MS);
  }

  clearStatus(): void {
    clearInterval(this.timer);
    this.status = () => '';
    if (this.isLive) this.out.write(ERASE_LINE);
  }

  print(text: string): void {
    this.out.write(`${this.isLive ? ERASE_LINE : ''}${text}\n`);
  }

  private draw(): void {
    const text = this.status();
    this.out.write(this.isLive ? ERASE_LINE + text.slice(0, this.out.columns - 1) : `${text}\n`);
  }
}
