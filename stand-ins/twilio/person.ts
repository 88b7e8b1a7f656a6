/** Somebody at one end of a leg: what they press and say, and when they hang up. */

export interface Person {
  /** Aborted when they have hung up. */
  gone: AbortSignal;
  hangUp(): void;
  /** The keys for the next Gather; undefined when they press none. */
  keys(): string | undefined;
  message: { seconds: number; ends: 'hangs-up' | 'presses-key' | 'falls-silent' };
}

export function createPerson(facts: { keys?: () => string | undefined; message?: Person['message'] | undefined; gone?: AbortSignal | undefined } = {}): Person {
  const leaving = new AbortController();
  return {
    gone: facts.gone ? AbortSignal.any([leaving.signal, facts.gone]) : leaving.signal,
    hangUp: () => leaving.abort(),
    keys: facts.keys ?? (() => undefined),
    message: facts.message ?? { seconds: 5, ends: 'hangs-up' },
  };
}
