import {
  alignment,
  contrastiveAccuracy,
  effectiveRank,
  representationDiagnostics,
  tf,
  uniformity,
} from 'selfsup';
import { describe, expect, it } from 'vitest';

describe('representationDiagnostics', () => {
  it('puts the single measures together, on the unit sphere', () => {
    const z1 = tf.randomNormal([64, 16], 0, 5, 'float32', 6) as tf.Tensor2D;
    const z2 = tf.tidy(() => z1.add(tf.randomNormal([64, 16], 0, 2, 'float32', 7))) as tf.Tensor2D;
    const before = tf.memory().numTensors;
    const diagnostics = representationDiagnostics(z1, z2);
    expect(tf.memory().numTensors).toBe(before);
    const accuracy = contrastiveAccuracy(z1, z2);
    const unit = tf.tidy(() => z1.div(z1.norm(2, 1, true))) as tf.Tensor2D;
    expect(diagnostics.alignment).toBeCloseTo(alignment(z1, z2), 6);
    expect(diagnostics.uniformity).toBeCloseTo(uniformity(z1), 6);
    expect(diagnostics.effectiveRank).toBeCloseTo(effectiveRank(unit), 3);
    expect(diagnostics.contrastiveAccuracy).toBe(accuracy.dataSync()[0]);
    expect(diagnostics.deviation).toBeGreaterThan(0.9);
    expect(diagnostics.deviation).toBeLessThanOrEqual(1);
    expect(diagnostics).not.toHaveProperty('warning');
    tf.dispose([z1, z2, accuracy, unit]);
  });

  it('warns of a point, and of a line', () => {
    const point = tf.ones([32, 16]) as tf.Tensor2D;
    const line = tf.tidy(() => {
      const position = tf.linspace(-1, 1, 32).reshape([32, 1]);
      return position.mul(tf.oneHot(0, 16)).add(tf.oneHot(1, 16));
    }) as tf.Tensor2D;
    expect(representationDiagnostics(point, point).warning).toMatch(/all images/);
    expect(representationDiagnostics(line, line).warning).toMatch(/in part/);
    tf.dispose([point, line]);
  });
});
