import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Batch } from '../../data/batch-source';
import { InterruptListener } from '../../runtime/interrupt-listener';
import { markInterrupted, oneTraining } from '../../runtime/interruption';
import type { TrainingResult, TrainOptions } from './train-options';
import { TrainingRun } from './training-run';

/**
 * Runs a training step until the end, an interrupt, or trouble.
 *
 * - **Order.** Each epoch visits the examples in an order of its own, given by the seed; equal seeds give equal losses.
 * - **Interrupt.** Ctrl-C, JupyterLab's stop button and `signal` end the run after the step under way; the call returns
 *   normally and the weights stay as trained. A second Ctrl-C does what it does without this loop. One Ctrl-C ends all
 *   trainings of `overSeeds` or of a notebook's cell: later ones there do not begin, and where it is not the cell's first, the
 *   call throws instead of returning, so that no loop takes a mean over it.
 * - **Not a number.** When the loss, or at the end a weight, is NaN or infinite, the variables get back the state from
 *   which the last finite loss was computed.
 * - **Checkpoints** hold weights, optimizer, history and position; a run resumed from one gives the same losses, to the
 *   last bit, as one that was never stopped. An error while writing ends the run.
 * - Between steps the event loop gets its turn, so that progress is displayed and interrupts arrive.
 *
 * Tensors: the variables of `step` are updated in place and stay the caller's; nothing else is left.
 *
 * @throws InvalidArgumentError when an option is out of range, or the step keeps state that a checkpoint would miss.
 * @throws InterruptedError when an interrupt has ended what this training is part of.
 * @throws CheckpointError when a checkpoint cannot be written, is damaged or belongs to another run.
 * @throws NotCompilableError (of tfjs-compile) when the step does what a graph cannot repeat.
 * @throws CompileError (of tfjs-compile) when bfloat16 is asked for and this processor has no instructions for it.
 */
export async function train<B extends Batch>(options: TrainOptions<B>): Promise<TrainingResult> {
  return oneTraining('train', () => runToTheEnd(options));
}

async function runToTheEnd<B extends Batch>(options: TrainOptions<B>): Promise<TrainingResult> {
  const run = new TrainingRun(options);
  // A notebook's cell runs in a vm that takes SIGINT over until the cell awaits; a listener added before that would
  // be left without its signal, and the next interrupt would end the kernel.
  await nextTurn();
  const interrupt = new InterruptListener();
  try {
    await run.open();
    while (!run.ended) {
      if (interrupt.interrupted || options.signal?.aborted === true) {
        run.interrupt();
        break;
      }
      run.oneStep();
      await run.saveWhenDue();
      await nextTurn();
    }
    return await run.close();
  } finally {
    if (interrupt.interrupted) markInterrupted();
    interrupt.release();
    run.dispose();
  }
}
