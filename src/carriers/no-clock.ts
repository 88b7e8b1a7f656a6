/** In place of the clock of an account that was opened without one. */
export function noClock(): never {
  throw new Error('a request with a time in it needs a clock');
}
