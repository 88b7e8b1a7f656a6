/**
 * A carrier with one number, as strict as real ones about which fields go together, so that the order of writes matters; it
 * throttles, fails, does and says nothing, does late, carries out orders later, and is changed behind our back.
 */
import type { CarrierApi, Routing } from '../../src/carriers/api.ts';
import type { CarrierRouting } from '../../src/carriers/routing.ts';
import { Failure } from '../../src/domain/errors.ts';

export const PEACE: Routing = { mode: 'pbx', forward: '', second: '', trunk: 'T1', backup: '' };

/** What a request meets: refused for the moment, done or not done without an answer, or done after everybody has given up. */
export type Fault = 'ok' | 'throttled' | 'unavailable' | 'lost' | 'done-unknown' | 'late';
export const FAULTS: readonly Fault[] = ['ok', 'throttled', 'unavailable', 'lost', 'done-unknown', 'late'];

export const modelRouting: CarrierRouting = {
  abilities: { perCall: false, number: ['phone'], group: { word: 'trunk', targets: ['phone'], safetyNet: ['phone'] }, safetyNet: ['phone'], safetyNetCatches: 'Whenever the trunk does not answer.', most: 2 },
  leadsTo: ({ mode, forward = '' }) => (mode === 'forward' ? { kind: 'phone', to: forward } : undefined),
  groupOf: ({ trunk }) => trunk || undefined,
  divertedTo(_unit, _original, [first, second]) {
    const number = (target: typeof first | undefined): string => (target?.kind === 'phone' ? target.number : '');
    return { mode: 'forward', trunk: '', forward: number(first), second: number(second) };
  },
  armed: (_unit, _original, target) => ({ backup: target?.kind === 'phone' ? target.number : '' }),
  writes(actual, wanted) {
    const differs = (field: string): boolean => (actual[field] ?? '') !== (wanted[field] ?? '');
    const to = (...fields: string[]): Routing[] => (fields.some(differs) ? [Object.fromEntries(fields.filter(differs).map((field) => [field, wanted[field] ?? '']))] : []);
    // Whatever forwards is ended first and begun last; a trunk is left before and taken after.
    const ends = differs('mode') && wanted['mode'] === 'pbx' ? to('mode') : [];
    const begins = differs('mode') && wanted['mode'] === 'forward' ? to('mode') : [];
    const leaves = wanted['trunk'] === '' ? to('trunk') : [];
    const takes = wanted['trunk'] === '' ? [] : to('trunk');
    return [...ends, ...leaves, ...to('forward', 'second'), ...begins, ...takes, ...to('backup')];
  },
};

const whyNot = (next: Routing): string | undefined => {
  const unknown = Object.keys(next).find((field) => !(field in PEACE));
  if (unknown !== undefined) return `unknown field ${unknown}`;
  if (next['mode'] === 'forward' && next['forward'] === '') return 'forwarding without a number';
  if (next['mode'] === 'forward' && next['trunk'] !== '') return 'forwarding while on a trunk';
  return next['forward'] === '' && next['second'] !== '' ? 'a second number without a first' : undefined;
};

export interface ModelCarrier {
  api: CarrierApi;
  readonly now: Routing;
  /** Fields as they were written, the newest last. */
  readonly written: readonly Routing[];
  /** What the next requests meet; then all is well. */
  faults(next: readonly Fault[]): void;
  /** Somebody else sets a field; false when the carrier would not take it. */
  edit(fields: Routing): boolean;
  /** What was to be done late is done now. */
  tick(): void;
}

/** `orders`: each write is carried out at the next tick but one. */
export function createModelCarrier({ ref = 'N1', orders = false }: { ref?: string; orders?: boolean } = {}): ModelCarrier {
  let now = PEACE;
  let faults: Fault[] = [];
  let late: (() => void)[] = [];
  let count = 0;
  const done = new Map<string, { looks: number; why?: string }>();
  const written: Routing[] = [];

  function apply(fields: Routing): string | undefined {
    const next = { ...now, ...fields };
    const why = whyNot(next);
    if (why === undefined) {
      now = next;
      written.push(fields);
    }
    return why;
  }

  function meet(): Fault {
    const fault = faults.shift() ?? 'ok';
    if (fault === 'throttled') throw new Failure('carrier_throttled', 'slow down', { retryAfterSeconds: 1 });
    if (fault === 'unavailable') throw new Failure('carrier_unavailable', 'gone');
    return fault;
  }

  function known(id: string): void {
    if (id !== ref) throw new Failure('carrier_number_unknown', 'no such number');
  }

  function write(fields: Routing, fault: Fault): void {
    const unknown = new Failure('carrier_outcome_unknown', 'no answer');
    if (fault === 'lost') throw unknown;
    if (fault === 'late') {
      late.push(() => void apply(fields));
      throw unknown;
    }
    const why = apply(fields);
    if (fault === 'done-unknown') throw unknown;
    if (why !== undefined) throw new Failure('carrier_refused', why);
  }

  const api: CarrierApi = {
    async findNumber() {
      const fault = meet();
      if (fault !== 'ok') throw new Failure('carrier_unavailable', 'gone');
      return { ref, routing: now };
    },
    async readRouting(id) {
      if (meet() !== 'ok') throw new Failure('carrier_unavailable', 'gone');
      known(id);
      return now;
    },
    async setRouting(id, fields) {
      const fault = meet();
      known(id);
      if (!orders) {
        write(fields, fault);
        return {};
      }
      count += 1;
      const order = `O${count}`;
      const state: { looks: number; why?: string } = { looks: 0 };
      done.set(order, state);
      if (fault === 'lost') throw new Failure('carrier_outcome_unknown', 'no answer');
      late.push(() => {
        const why = apply(fields);
        if (why !== undefined) state.why = why;
        state.looks = 1;
      });
      if (fault !== 'ok') throw new Failure('carrier_outcome_unknown', 'no answer');
      return { order };
    },
    async orderState(order) {
      if (meet() !== 'ok') throw new Failure('carrier_unavailable', 'gone');
      const state = done.get(order);
      if (!state) throw new Failure('carrier_refused', 'no such order');
      if (state.looks === 0) return { is: 'working' };
      return state.why === undefined ? { is: 'done' } : { is: 'failed', why: state.why };
    },
    close: () => undefined,
  };

  return {
    api,
    get now() {
      return now;
    },
    written,
    faults: (next) => {
      faults = [...next];
    },
    edit: (fields) => apply(fields) === undefined,
    tick() {
      const due = late;
      late = [];
      for (const one of due) one();
    },
  };
}
