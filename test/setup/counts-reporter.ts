import type { SerializedError } from 'vitest';
import type { Reporter, TestModule } from 'vitest/node';

/** Prints one plain last line after every run, `12 passed, 0 failed`, for programs that read the log. */
export class CountsReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly SerializedError[]): void {
    const states = modules.flatMap((module) =>
      [...module.children.allTests()].map((test) => test.result().state),
    );
    const passed = states.filter((state) => state === 'passed').length;
    const skipped = states.filter((state) => state === 'skipped').length;
    // A test that did not run counts as failed, and so does an error outside of a test.
    const outside = modules.filter((module) => module.errors().length > 0).length + unhandled.length;
    const failed = states.length - passed - skipped + outside;
    const counts = [`${passed} passed`, `${failed} failed`, ...(skipped > 0 ? [`${skipped} skipped`] : [])];
    process.stdout.write(`\n${counts.join(', ')}\n`);
  }
}
