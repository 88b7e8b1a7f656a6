/** May a number be diverted so, at its carrier? */
import { routingOf } from '../carriers/kinds.ts';
import type { Abilities, TargetKind } from '../carriers/routing.ts';
import type { Carrier } from '../domain/carrier.ts';
import type { NumberRecord } from '../domain/number.ts';

type Way = Pick<NumberRecord, 'carrier' | 'divertBy'>;

const WORDS: Readonly<Record<TargetKind, string>> = { phone: 'a telephone number', sip: 'a SIP address', web: 'our own address' };

/** An address that is asked for each call can only be ours, at a carrier that asks us. */
const usable = ({ perCall }: Abilities, targets: readonly TargetKind[]): TargetKind[] => targets.filter((kind) => kind !== 'web' || perCall);

function abilityWords(abilities: Abilities): string {
  const number = usable(abilities, abilities.number);
  const { group, perCall } = abilities;
  const can = [
    ...(perCall ? ['ask us for each call (`call`)'] : []),
    ...(number.length > 0 ? [`lead a number to ${number.map((kind) => WORDS[kind]).join(' or ')} (\`number\`)`] : []),
    ...(group ? [`move all numbers of a ${group.word} (\`trunk\`)`] : []),
  ];
  return `; it can ${can.length === 0 ? 'do nothing of all that' : can.join(', ')}`;
}

/** In a sentence, why the record's carrier cannot divert this number so, and what it can; undefined when it can, or when that is no change. */
export function whyNotDivertedBy(number: string, { carrier: id, divertBy }: Way, current: Way | undefined, carrier: Carrier): string | undefined {
  if ((divertBy ?? 'call') === 'call' || (current?.carrier === id && current.divertBy === divertBy)) return undefined;
  const { abilities, knows } = routingOf(carrier);
  if (divertBy === 'trunk' && abilities.group === undefined) return `carrier ${id} has no trunks or applications that can be moved${abilityWords(abilities)}`;
  if (divertBy === 'number' && usable(abilities, abilities.number).length === 0) return `carrier ${id} cannot set single numbers${abilityWords(abilities)}`;
  // Such a number is never found there.
  return knows?.(number) === false ? `carrier ${id} (${carrier.kind}) has no way to write this number` : undefined;
}
