import { CHECK_MIME_TYPE, type Verdict } from 'selfsup-course';
import { expect } from 'vitest';
import { startFakeKernel } from '../display/fake-kernel';

/** What one check says, which is the only thing it shows. */
export function verdictOfCheck(run: () => void): Verdict {
  const outputs = startFakeKernel();
  run();
  expect(outputs).toHaveLength(1);
  return outputs[0]?.data[CHECK_MIME_TYPE] as Verdict;
}
