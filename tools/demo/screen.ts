import { type Column, displayWidth, formatTable, truncate, wrap } from '../terminal/layout.js';

const SPINNER = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];
const FRAME_MS = 80;
/** Without a terminal, a status line is printed after this delay, and updates at this interval. */
const STATUS_DELAY_MS = 300;
const STATUS_INTERVAL_MS = 1_000;
const PROSE_WIDTH_MAX = 96;
const INDENT = '    ';
const ERASE_LINE = '\r\u001b[2K';

export type Colour = 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan';
const CODES: Readonly<Record<Colour, number>> = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33, cyan: 36 };

/** A stream to print on: `process.stdout`. */
export type Output = Pick<NodeJS.WriteStream, 'isTTY' | 'columns'> & { write(text: string): unknown };

/** The text and the start of a wait. */
interface Status {
  text: string;
  readonly startedAt: number;
  /** Redraws the line, or prints it once. */
  readonly timer: NodeJS.Timeout;
  isDrawn: boolean;
  printedAt: number;
}

/**
 * Prints prose, tables and results. On a terminal, a status line below them is redrawn during a wait. In a pipe or a
 * file the output is plain text without colours (https://no-color.org), and lines are never redrawn.
 */
export class Screen {
  private readonly isLive: boolean;
  private readonly isColoured: boolean;
  private status: Status | undefined;
  private frame = 0;
  private isClosed = false;

  constructor(
    private readonly out: Output,
    { NO_COLOR = '', TERM }: { readonly NO_COLOR?: string; readonly TERM?: string },
  ) {
    this.isLive = out.isTTY && TERM !== 'dumb';
    this.isColoured = this.isLive && NO_COLOR === '';
  }

  style(colour: Colour, text: string): string {
    return this.isColoured ? `\u001b[${CODES[colour]}m${text}\u001b[0m` : text;
  }

  line(text = ''): void {
    this.erase();
    this.write(`${text}\n`);
  }

  /** Prints a last line. Later output is dropped, except from this method: a step may still be running. */
  closeWith(text: string): void {
    this.endStatus();
    this.isClosed = true;
    this.out.write(`${text}\n`);
  }

  heading(number: string, title: string): void {
    const rule = '─'.repeat(Math.max(3, this.width - displayWidth(`${number} ${title}`) - 2));
    this.line();
    this.line(`${this.style('bold', `${number} ${title}`)} ${this.style('dim', rule)}`);
  }

  prose(text: string): void {
    for (const line of wrap(text, this.width)) this.line(line);
  }

  /** Prints an indented line, which sets evidence apart from prose and results. */
  evidence(text: string): void {
    this.line(`${INDENT}${text}`);
  }

  /** Prints a table; the elastic column shrinks if the table is wider than the screen. */
  table(columns: readonly Column[], rows: readonly (readonly string[])[]): void {
    const [titles = '', ...lines] = formatTable(columns, rows, this.width - INDENT.length);
    this.evidence(this.style('dim', titles));
    for (const line of lines) this.evidence(line);
  }

  result(isKept: boolean, promise: string): void {
    const [first = '', ...more] = wrap(promise, this.width - INDENT.length);
    this.line(`  ${isKept ? this.style('green', '✓') : this.style('red', '✗')} ${first}`);
    for (const line of more) this.evidence(line);
  }

  /**
   * Shows `text` and the elapsed seconds while `work` runs; `work` can update the text.
   * @param isStatic print the line once and never redraw it, because `work` may prompt the user
   */
  async withStatus<T>(
    text: string,
    work: (updateStatus: (text: string) => void) => Promise<T>,
    isStatic = false,
  ): Promise<T> {
    const draw = (): void => this.draw();
    const print = (): void => this.print();
    const timer = this.isLive ? setInterval(draw, FRAME_MS) : setTimeout(print, STATUS_DELAY_MS);
    this.status = {
      text,
      timer,
      isDrawn: false,
      startedAt: performance.now(),
      printedAt: Number.POSITIVE_INFINITY,
    };
    if (isStatic) {
      clearTimeout(timer);
      print();
    }
    try {
      return await work((updated) => this.updateStatus(updated));
    } finally {
      this.endStatus();
    }
  }

  private get width(): number {
    return Math.min(this.out.columns ?? PROSE_WIDTH_MAX, PROSE_WIDTH_MAX);
  }

  private updateStatus(text: string): void {
    if (this.status === undefined) return;
    this.status.text = text;
    if (!this.isLive && performance.now() - this.status.printedAt > STATUS_INTERVAL_MS) this.print();
  }

  private print(): void {
    if (this.status === undefined) return;
    this.status.printedAt = performance.now();
    this.write(`  … ${this.status.text}\n`);
  }

  private draw(): void {
    if (this.status === undefined) return;
    this.status.isDrawn = true;
    const seconds = ((performance.now() - this.status.startedAt) / 1000).toFixed(1);
    const spinner = SPINNER[this.frame++ % SPINNER.length] ?? '';
    const text = truncate(`${this.status.text}  ${seconds} s`, this.out.columns - INDENT.length - 1);
    this.write(`${ERASE_LINE}  ${this.style('cyan', spinner)} ${text}`);
  }

  private erase(): void {
    if (this.status?.isDrawn === true) this.write(ERASE_LINE);
    if (this.status !== undefined) this.status.isDrawn = false;
  }

  private endStatus(): void {
    this.erase();
    clearTimeout(this.status?.timer);
    this.status = undefined;
  }

  private write(text: string): void {
    if (!this.isClosed) this.out.write(text);
  }
}
