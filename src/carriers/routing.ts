/**
 * What can be set at a carrier, without asking it: how its fields say where calls go. One folder a carrier implements it; whoever
 * diverts and restores knows nothing else of a carrier's fields. Pure.
 */
import type { Target, TargetKind } from '../domain/target.ts';
import type { Routing } from './api.ts';

export type { Target, TargetKind } from '../domain/target.ts';

export interface Abilities {
  /** It asks for each call (src/carriers/dialect.ts). */
  perCall: boolean;
  /** What a write at one number can point its calls at; empty when it cannot. */
  number: readonly TargetKind[];
  /** What many numbers share, moved by one write; `word` is the carrier's own for it, `safetyNet` what its own can be. */
  group: { word: string; targets: readonly TargetKind[]; safetyNet: readonly TargetKind[] } | undefined;
  /** What it can send a number's call to by itself when the ordinary way fails; empty when it cannot. */
  safetyNet: readonly TargetKind[];
  /** When the safety net catches, in a sentence for people. */
  safetyNetCatches: string;
  /** How many targets, tried in order, one routing holds. */
  most: number;
}

/** What one number can be pointed at, and its safety net. */
export type Ways = Pick<Abilities, 'number' | 'safetyNet'>;

export type Unit = 'number' | 'group';

/** Where calls are led: E.164, a SIP address or a web address; empty where the carrier does not say to which. */
export interface Lead {
  kind: TargetKind;
  to: string;
}

export interface CarrierRouting {
  abilities: Abilities;
  /**
   * Of a target of a kind that it can: whether it can this one, at a number or, with its id, at a group. Carriers reach some countries
   * only, take SIP addresses of some forms, and have groups of more than one sort. Without it, any.
   */
  takes?(target: Target, group?: string): boolean;
  /** Numbers of which the carrier can be told anything at all, by how they are written there; without it, any. */
  knows?(number: string): boolean;
  /**
   * Where a number's own routing leads all of its calls, by what `divertedTo` sets, whoever set it; undefined when something else has them: a
   * trunk, an application, a registration, or we as the number is wired.
   */
  leadsTo(routing: Routing): Lead | undefined;
  /** Fields that a number shows and that are not its own: they follow from what it shares with others. Without it, none. */
  follows?: readonly string[];
  /** The address that is asked for each call, of a number with all that it shows or of a group; undefined when none is. Missing where that is not set at either. */
  asks?(routing: Routing): string | undefined;
  /** Where what can be done with a number hangs on how it is set: what `abilities` has of this one. What we set never changes that. */
  ways?(routing: Routing): Ways;
  /** The group that has a number's calls, by its id at the carrier; undefined when the number has its own routing. */
  groupOf(routing: Routing): string | undefined;
  /**
   * What must be set so that calls go to the targets, the first before the others: also the fields that would otherwise
   * stand in the way. Never more targets than it holds, and only such as it can.
   */
  divertedTo(unit: Unit, original: Routing, targets: readonly [Target, ...Target[]]): Routing;
  /** What must be set so that the safety net is this one, or none. */
  armed(unit: Unit, original: Routing, target: Target | undefined): Routing;
  /**
   * The writes that lead from one routing to another, each to be sent by itself, in the order that the carrier needs; none when
   * nothing differs. After the last, all fields of `wanted` are as wanted.
   */
  writes(actual: Routing, wanted: Routing): readonly Routing[];
}

/** `seen`: how the number is set, as far as that is known. */
export const waysOf = ({ abilities, ways }: Pick<CarrierRouting, 'abilities' | 'ways'>, seen: Routing = {}): Ways => ways?.(seen) ?? abilities;
