// What a notebook does with the library, for TypeScript 5.0.4 as well: the type checker inside the tslab kernel.
import * as loader from 'cifar10-loader';
import * as selfsup from 'selfsup';
import * as course from 'selfsup-course';
import * as compile from 'tfjs-compile';
import * as download from 'verified-download';

export const everything = { loader, selfsup, course, compile, download };

export function usesTheEngine(random: compile.RandomStream): selfsup.tf.Tensor {
  const same: selfsup.RandomStream = random;
  const work: course.Profile = course.profile();
  return selfsup.tf.scalar(work.length + String(same).length);
}
