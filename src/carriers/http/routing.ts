/** What the fields of a described carrier say, and in which requests they are written: all of it from the description. */
import type { HttpApi, HttpPhone, HttpSip } from '../../domain/http-api.ts';
import { routingChanges, type Routing } from '../api.ts';
import type { CarrierRouting, Lead, Target, TargetKind } from '../routing.ts';
import { numberOf, sipOf, writtenNumber, writtenSip } from './numbers.ts';
import { fieldsIn } from './request.ts';
import { render, valueIn } from './template.ts';

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

/** What stands at `{target}` when every field is as it would be set; undefined when one is not. */
function targetIn(set: Routing, routing: Routing): string | undefined {
  const values = Object.entries(set).map(([field, template]) => valueIn(template, 'target', routing[field] ?? ''));
  const targets = new Set(values.filter((value) => value !== ''));
  const [target] = targets;
  return targets.size === 1 ? target : undefined;
}

/** Both ways may set the same fields: which it was, what stands there says. */
function leadOf({ phone, sip }: Ways, routing: Routing): Lead | undefined {
  const dialled = phone && targetIn(phone.set, routing);
  const number = phone && dialled !== undefined ? numberOf(phone, dialled) : undefined;
  if (number !== undefined) return { kind: 'phone', to: number };
  const addressed = sip && targetIn(sip.set, routing);
  const uri = addressed === undefined ? undefined : sipOf(sip?.as, addressed);
  if (uri !== undefined) return { kind: 'sip', to: uri };
  // Neither as we would write it: calls are led somewhere all the same.
  if (dialled !== undefined) return { kind: 'phone', to: '' };
  return addressed === undefined ? undefined : { kind: 'sip', to: '' };
}

/** Of a record without a description nothing can be said: that is a fault of ours. */
export function httpRouting(api: HttpApi | undefined): CarrierRouting {
  if (!api) throw new Error('a carrier of this kind is described in its record');
  const { divert, number: style, safetyNet } = api;
  const net: Ways = safetyNet ?? {};
  return {
    abilities: { perCall: false, number: kindsOf(divert), group: undefined, safetyNet: kindsOf(net), safetyNetCatches: safetyNet?.catches ?? '', most: 1 },
    takes: (target) => [divert, net].every((ways) => target.kind === 'web' || ways[target.kind] === undefined || writtenFor(ways, target) !== undefined),
    knows: (number) => writtenNumber(style, number) !== undefined,
    leadsTo: (routing) => leadOf(divert, routing),
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
