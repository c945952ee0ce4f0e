/** The word for so many things: `step` for 1, `steps` for any other number. */
export function plural(number: number, one: string, many = `${one}s`): string {
  return number === 1 ? one : many;
}
