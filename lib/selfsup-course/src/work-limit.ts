import { InvalidArgumentError, setWorkLimit } from 'selfsup';

/**
 * `npm run course -- --max-steps N` tries the notebooks out: it sets `SELFSUP_MAX_STEPS`, and no training computes more steps.
 *
 * @throws InvalidArgumentError when the variable holds no whole number of at least 1.
 */
function limitWork(): void {
  const given = process.env.SELFSUP_MAX_STEPS;
  if (given === undefined || given === '') return;
  const most = Number(given);
  if (!(Number.isInteger(most) && most >= 1)) {
    throw new InvalidArgumentError(
      `SELFSUP_MAX_STEPS is "${given}"; expected a whole number of at least 1. Unset it to train in full.`,
    );
  }
  setWorkLimit(most);
}

limitWork();
