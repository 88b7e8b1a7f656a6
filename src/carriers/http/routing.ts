/** What the fields of a described carrier say, and in which requests they are written: all of it from the description. */
import type { HttpApi, HttpPhone, HttpSip } from '../../domain/http-api.ts';
import { routingChanges, type Routing } from '../api.ts';
import type { CarrierRouting, Target, TargetKind } from '../routing.ts';
import { writtenNumber, writtenSip } from './numbers.ts';
import { fieldsIn } from './request.ts';
import { render } from './template.ts';

interface Ways {
  phone?: HttpPhone;
  sip?: HttpSip;
}

const raw = (value: string): string => value;

function kindsOf(ways: Ways): TargetKind[] {
  return (['phone', 'sip'] as const).filter((kind) => ways[kind] !== undefined);
}

function writtenFor({ phone, sip }: Ways, target: Target): string | undefined {
  if (target.kind === 'phone') return phone && writtenNumber(phone, target.number);
  return target.kind === 'sip' ? sip && writtenSip(sip.as, target.uri) : undefined;
}

/** The fields that lead there; undefined for a target that the carrier cannot be told. */
function settingsFor(ways: Ways, target: Target): Routing | undefined {
  const written = writtenFor(ways, target);
  const set = target.kind === 'web' ? undefined : ways[target.kind]?.set;
  if (written === undefined || set === undefined) return undefined;
  return Object.fromEntries(Object.entries(set).map(([field, template]) => [field, render(template, new Map([['target', written]]), raw)]));
}

/** Of a record without a description nothing can be said: that is a fault of ours. */
export function httpRouting(api: HttpApi | undefined): CarrierRouting {
  if (!api) throw new Error('a carrier of this kind is described in its record');
  const { divert, safetyNet } = api;
  const net: Ways = safetyNet ?? {};
  return {
    abilities: { perCall: false, number: kindsOf(divert), group: undefined, safetyNet: kindsOf(net), safetyNetCatches: safetyNet?.catches ?? '', most: 1 },
    takes: (target) => [divert, net].every((ways) => target.kind === 'web' || ways[target.kind] === undefined || writtenFor(ways, target) !== undefined),
    groupOf: () => undefined,
    divertedTo: (_unit, _original, [target]) => settingsFor(divert, target) ?? {},
    armed: (_unit, _original, target) => (target && settingsFor(net, target)) ?? safetyNet?.off ?? {},
    writes(actual, wanted) {
      const changes = routingChanges(actual, wanted);
      return api.write.flatMap((request) => {
        const here = new Set(fieldsIn(api, request));
        const fields = changes.filter(({ field }) => here.has(field));
        return fields.length === 0 ? [] : [Object.fromEntries(fields.map(({ field, to }) => [field, to]))];
      });
    },
  };
}
