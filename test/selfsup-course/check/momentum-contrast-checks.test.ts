import { enqueued, infoNceLoss, momentumSchedule, tf } from 'selfsup';
import {
  check,
  type LearnerEnqueue,
  type LearnerInfoNceLoss,
  type LearnerKeyGroups,
  type LearnerMomentumSchedule,
  type LearnerMomentumUpdate,
} from 'selfsup-course';
import { describeCheck } from './describe-check';

describeCheck<LearnerMomentumUpdate>(
  'check.momentumUpdate',
  check.momentumUpdate,
  [
    ['is the formula', (key, query, m) => tf.tidy(() => key.mul(m).add(query.mul(1 - m)))],
    [
      'moves by the share 1 − m',
      (key, query, m) => tf.tidy(() => key.add(query.sub(key).mul(1 - m))),
    ],
  ],
  [
    [
      'exchanges the two',
      (key, query, m) => tf.tidy(() => key.mul(1 - m).add(query.mul(m))),
      'is m · key + (1 − m) · query',
      /exchanged/,
    ],
    [
      'copies the query network',
      (_, query) => query.clone(),
      'is m · key + (1 − m) · query',
      /without any memory/,
    ],
    [
      'forgets 1 − m',
      (key, query, m) => tf.tidy(() => key.mul(m).add(query)),
      'is m · key + (1 − m) · query',
      /must add up to 1/,
    ],
    [
      'is right for momentum 0.9 only',
      (key, query) => tf.tidy(() => key.mul(0.9).add(query.mul(0.1))),
      'is m · key + (1 − m) · query',
      /momentum 0\.5/,
    ],
    [
      'returns one number',
      (key, query, m) =>
        tf.tidy(() =>
          key
            .mul(m)
            .add(query.mul(1 - m))
            .mean(),
        ),
      'returns a tensor of the weight’s shape',
      /expected one new value for each/,
    ],
    [
      'leaves tensors behind',
      (key, query, m) => key.mul(m).add(query.mul(1 - m)),
      'tidies its tensors',
      /leaves 2 tensors/,
    ],
  ],
);

describeCheck<LearnerEnqueue>(
  'check.memoryQueue',
  check.memoryQueue,
  [
    ['is the library’s', enqueued],
    [
      'cuts after joining',
      (queue, keys) => tf.tidy(() => tf.concat([keys, queue]).slice([0], [queue.shape[0]])),
    ],
  ],
  [
    [
      'never drops any',
      (queue, keys) => tf.concat([keys, queue]),
      'keeps its size',
      /nothing went out/,
    ],
    [
      'drops the newest',
      (queue, keys) => tf.tidy(() => tf.concat([keys, queue.slice([keys.shape[0]])])),
      'drops the oldest keys',
      /Missing: 1, 2\. The oldest keys leave/,
    ],
    [
      'appends at the end',
      (queue, keys) => tf.tidy(() => tf.concat([queue.slice([keys.shape[0]]), keys])),
      'takes the new keys in front',
      /new keys are at its end\. Put them in front/,
    ],
    [
      'turns the batch around',
      (queue, keys) =>
        tf.tidy(() =>
          tf.concat([keys.reverse(0), queue.slice([0], [queue.shape[0] - keys.shape[0]])]),
        ),
      'takes the new keys in front',
      /another order/,
    ],
    [
      'keeps the batch alone',
      (_, keys) => keys.clone(),
      'keeps its size',
      /never changes its size/,
    ],
  ],
);

const right: LearnerInfoNceLoss = (q, p, n, { temperature }) =>
  tf.tidy(() => {
    const unit = (x: tf.Tensor2D) => x.div(tf.norm(x, 2, 1, true)) as tf.Tensor2D;
    const positive = unit(q).mul(unit(p)).sum(1, true);
    const logits = tf.concat([positive, tf.matMul(unit(q), unit(n), false, true)], 1);
    const scaled = logits.div(temperature);
    return tf
      .logSumExp(scaled, 1)
      .sub(positive.squeeze([1]).div(temperature))
      .mean();
  });

/** The right loss with one part exchanged. */
const infoNce =
  (change: {
    unit?: (x: tf.Tensor) => tf.Tensor;
    keys?: (q: tf.Tensor2D, p: tf.Tensor2D, n: tf.Tensor2D) => tf.Tensor;
    temper?: (logits: tf.Tensor, temperature: number) => tf.Tensor;
    reduce?: (losses: tf.Tensor) => tf.Tensor;
    denominator?: (logits: tf.Tensor) => tf.Tensor;
  }): LearnerInfoNceLoss =>
  (q, p, n, { temperature }) =>
    tf.tidy(() => {
      const {
        unit = (x: tf.Tensor) => x.div(tf.norm(x, 2, 1, true)),
        keys = (query: tf.Tensor2D, _: tf.Tensor2D, negatives: tf.Tensor2D) =>
          tf.matMul(query, negatives, false, true),
        temper = (logits: tf.Tensor, tau: number) => logits.div(tau),
        reduce = (losses: tf.Tensor) => losses.mean(),
        denominator = (logits: tf.Tensor) => tf.logSumExp(logits, 1),
      } = change;
      const [a, b, c] = [unit(q), unit(p), unit(n)] as [tf.Tensor2D, tf.Tensor2D, tf.Tensor2D];
      const positive = temper(a.mul(b).sum(1, true), temperature);
      const logits = tf.concat([positive, temper(keys(a, b, c), temperature)], 1);
      return reduce(denominator(logits).sub(positive.squeeze([1])));
    });

describeCheck<LearnerInfoNceLoss>(
  'check.infoNceLoss',
  check.infoNceLoss,
  [
    ['is the library’s', infoNceLoss],
    ['is written from matrix operations', right],
  ],
  [
    [
      'leaves the positive out of the denominator',
      infoNce({ denominator: (logits) => tf.logSumExp(logits.slice([0, 1]), 1) }),
      'is ln(1 + K) when all similarities are equal',
      /ln K: the positive is missing/,
    ],
    [
      'takes the batch as negatives',
      (q, p, _n, options) =>
        tf.tidy(() => {
          const unit = (x: tf.Tensor2D) => x.div(tf.norm(x, 2, 1, true)) as tf.Tensor2D;
          const logits = tf.matMul(unit(q), unit(p), false, true).div(options.temperature);
          const positive = logits.mul(tf.eye(q.shape[0])).sum(1);
          return tf.logSumExp(logits, 1).sub(positive).mean();
        }),
      'is ln(1 + K) when all similarities are equal',
      /ln N: the negatives are the keys of the batch/,
    ],
    [
      'does not normalise',
      infoNce({ unit: (x) => x.mul(1) }),
      'has the value of the definition',
      /not scaled to length 1/,
    ],
    [
      'forgets the temperature',
      infoNce({ temper: (logits) => logits.mul(1) }),
      'has the value of the definition',
      /without the temperature/,
    ],
    [
      'adds up',
      infoNce({ reduce: (losses) => losses.sum() }),
      'is ln(1 + K) when all similarities are equal',
      /returned 6\.2383; expected 2\.0794/,
    ],
    [
      'returns a loss for each query',
      infoNce({ reduce: (losses) => losses.mul(1) }),
      'returns one finite number, as a tensor',
      /expected a scalar/,
    ],
    [
      'takes exponentials as they are',
      infoNce({ denominator: (logits) => logits.exp().sum(1).log() }),
      'stays finite at temperature 0.005',
      /tf\.logSumExp/,
    ],
    [
      'reads its numbers',
      (...given) =>
        tf.scalar(
          right(...given) instanceof tf.Tensor
            ? ((right(...given) as tf.Tensor).dataSync()[0] as number)
            : 0,
        ),
      'has the right gradient for the queries',
      /cannot be differentiated|cut off/,
    ],
  ],
);

describeCheck<LearnerMomentumSchedule>(
  'check.momentumSchedule',
  check.momentumSchedule,
  [
    ['is the library’s', (step, total, start) => momentumSchedule({ start })(step, total)],
    [
      'is the formula',
      (step, total, start) => 1 - ((1 - start) * (1 + Math.cos((Math.PI * step) / total))) / 2,
    ],
  ],
  [
    [
      'falls like a learning rate',
      (step, total, start) => (start * (1 + Math.cos((Math.PI * step) / total))) / 2,
      'never falls, and comes to 1',
      /course of a learning rate/,
    ],
    [
      'is upside down',
      (step, total, start) => start + ((1 - start) * (1 + Math.cos((Math.PI * step) / total))) / 2,
      'begins at its start',
      /upside down/,
    ],
    [
      'is a straight line',
      (step, total, start) => start + ((1 - start) * step) / total,
      'follows half a cosine',
      /straight line/,
    ],
    [
      'is constant',
      (_step, _total, start) => start,
      'never falls, and comes to 1',
      /expected 1\. There/,
    ],
    [
      'goes over the whole circle',
      (step, total, start) => 1 - ((1 - start) * (1 + Math.cos((2 * Math.PI * step) / total))) / 2,
      'never falls, and comes to 1',
      /falls from/,
    ],
    [
      'returns percent',
      (step, total, start) => 100 * momentumSchedule({ start })(step, total),
      'returns a momentum from 0 to 1 at every step',
      /returned 99; expected a momentum from 0 to 1/,
    ],
  ],
);

/** Deals rows to groups like cards, calls the network on each, and undoes the deal with the given strides. */
const dealt =
  (undo: (count: number, groups: number) => [number, number] | null): LearnerKeyGroups =>
  (network, batch, groups) =>
    tf.tidy(() => {
      const count = batch.shape[0];
      const order = tf.range(0, count, 1, 'int32');
      const transposed = (rows: number, columns: number) =>
        order.reshape([rows, columns]).transpose().flatten().toInt();
      const parts = tf.split(tf.gather(batch, transposed(count / groups, groups)), groups);
      const results = tf.concat(parts.map((part) => network(part as tf.Tensor2D)));
      const back = undo(count, groups);
      return back === null ? results : tf.gather(results, transposed(...back));
    });

describeCheck<LearnerKeyGroups>(
  'check.keyGroups',
  check.keyGroups,
  [['deals and undoes it', dealt((count, groups) => [groups, count / groups])]],
  [
    [
      'splits without dealing',
      (network, batch, groups) =>
        tf.tidy(() =>
          tf.concat(tf.split(batch, groups).map((part) => network(part as tf.Tensor2D))),
        ),
      'puts every row among strangers',
      /Deal the rows to the groups like cards/,
    ],
    [
      'shuffles and calls the network once, as is useless on one device',
      (network, batch) => tf.tidy(() => network(batch.reverse(0)).reverse(0)),
      'calls the network on groups of equal size, every row once',
      /Within one call all rows share their statistics/,
    ],
    [
      'does not undo the deal',
      dealt(() => null),
      'gives the results back in the order of the batch',
      /another image’s key as its positive/,
    ],
    [
      'deals twice',
      dealt((count, groups) => [count / groups, groups]),
      'gives the results back in the order of the batch',
      /dealing twice does not/,
    ],
    [
      'makes as many groups as a group should have rows',
      (network, batch, groups) =>
        tf.tidy(() =>
          tf.concat(
            tf.split(batch, batch.shape[0] / groups).map((part) => network(part as tf.Tensor2D)),
          ),
        ),
      'calls the network on groups of equal size, every row once',
      /tf\.split divides/,
    ],
  ],
);
