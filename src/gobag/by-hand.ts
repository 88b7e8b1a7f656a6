/**
 * What leads a number to its backup, and back to what it had, as plain requests. Nobody looks before they are sent: the number may be as it was, or as anything of ours
 * has set it, so every field is written that may be otherwise than it is to be. Pure.
 */
import { routingChanges, type Routing } from '../carriers/api.ts';
import type { PlainApi, PlainWrite } from '../carriers/plain-api.ts';
import type { CarrierRouting, Target } from '../carriers/routing.ts';

export interface ByHandFacts {
  /** The number's own id at the carrier. */
  ref: string;
  /** All its fields as they are to be again. */
  original: Routing;
  /** What of ours may be there just then instead. */
  sent: readonly Routing[];
  /** Undefined when there is nowhere to go. */
  targets: readonly [Target, ...Target[]] | undefined;
  routing: Pick<CarrierRouting, 'divertedTo' | 'writes'>;
  plain: PlainApi;
  idOf(needed: string): string;
}

export interface Requests {
  writes: readonly PlainWrite[];
  /** What they name by an id, in the order in which it is needed. */
  needed: readonly string[];
}

export interface ByHand {
  /** Undefined when there is nowhere to go. */
  divert: Requests | undefined;
  restore: Requests;
}

/** As `wanted`, and otherwise in each field that may be otherwise just then, so that it is written. */
function otherwise(wanted: Routing, states: readonly Routing[]): Routing {
  const may = states.flatMap((state) => routingChanges(state, Object.fromEntries(Object.keys(state).map((field) => [field, wanted[field] ?? '']))));
  return { ...wanted, ...Object.fromEntries(may.map(({ field, from }) => [field, from])) };
}

function requests({ ref, routing, plain, idOf }: ByHandFacts, wanted: Routing, states: readonly Routing[]): Requests {
  let before = otherwise(wanted, states);
  const writes: PlainWrite[] = [];
  const needed = new Set<string>();
  for (const write of routing.writes(before, wanted)) {
    for (const one of plain.objects?.neededFor(write) ?? []) needed.add(one);
    writes.push(...plain.write(ref, write, before, idOf));
    before = { ...before, ...write };
  }
  return { writes, needed: [...needed] };
}

/** Throws what `plain.write` throws, such as `carrier_refused` for what no request can set. */
export function byHand(facts: ByHandFacts): ByHand {
  const { original, sent, targets, routing } = facts;
  const set = targets === undefined ? {} : routing.divertedTo('number', original, targets);
  const states = [original, set, ...sent];
  return { divert: targets && requests(facts, { ...original, ...set }, states), restore: requests(facts, original, states) };
}
