/** What VoIP.ms' routings of a number say: `header:id`, where a forwarding or SIP address of our own stands for where it leads. */
import { routingChanges } from '../api.ts';
import { isE164 } from '../../domain/phone-number.ts';
import type { CarrierRouting, Target } from '../routing.ts';

/** Those of a number, by the names of getDIDsInfo. */
export const ROUTING_FIELDS = ['routing', 'failover_busy', 'failover_unreachable', 'failover_noanswer'] as const;

/** `user@host`, as VoIP.ms' SIP addresses are written: without parameters. */
const SIP_ADDRESS = /^sip:[^\s@:;?]+@[^\s@:;?]+(?::[0-9]{1,5})?$/i;

function valueFor(target: Target): string | undefined {
  if (target.kind === 'phone') return `fwd:${target.number}`;
  return target.kind === 'sip' && SIP_ADDRESS.test(target.uri) ? `sip:${target.uri.slice('sip:'.length)}` : undefined;
}

export const voipmsRouting: CarrierRouting = {
  abilities: {
    perCall: false,
    number: ['phone', 'sip'],
    group: undefined,
    safetyNet: ['phone', 'sip'],
    safetyNetCatches: 'When the account or address that the number is routed to is not registered or cannot be reached: never when it is busy, or rings and nobody answers.',
    most: 1,
  },
  leadsTo({ routing = '' }) {
    const [, header, of = ''] = /^(fwd|sip):(.+)$/.exec(routing) ?? [];
    // Of an entry that is not ours there is its id alone.
    if (header === 'fwd') return { kind: 'phone', to: isE164(of) ? of : '' };
    return header === 'sip' ? { kind: 'sip', to: of.includes('@') ? `sip:${of}` : '' } : undefined;
  },
  takes: (target) => valueFor(target) !== undefined,
  groupOf: () => undefined,
  divertedTo(_unit, _original, [target]) {
    const routing = valueFor(target);
    return routing === undefined ? {} : { routing };
  },
  armed: (_unit, _original, target) => ({ failover_unreachable: (target && valueFor(target)) ?? '' }),
  writes(actual, wanted) {
    const changes = routingChanges(actual, wanted);
    return changes.length === 0 ? [] : [Object.fromEntries(changes.map(({ field, to }) => [field, to]))];
  },
};
