/** The destination policy: what may be a destination and what not, as data. rules/policy.yaml has the values in force unless POLICY_FILE names others. */
import { Type, type Static, type TSchema } from 'typebox';
import { NUMBER_KINDS } from './phone-number.ts';
import { Strict } from './schema.ts';

const Digits = (about: string) => Type.String({ pattern: '^[0-9*#]{1,15}$', description: about });
const list = <T extends TSchema>(item: T, description: string) => Type.Array(item, { uniqueItems: true, maxItems: 1000, description });
const HostPattern = Type.String({ pattern: '^(\\*\\.)?[a-z0-9]([a-z0-9.:-]*[a-z0-9])?$', maxLength: 253, description: 'A host in lower case, or `*.` and a domain for all hosts below it' });

export const DestinationPolicySchema = Strict({
  emergency: Strict({
    everywhere: list(Digits('Digits'), 'Refused wherever the number is'),
    outsideLine: list(Digits('Digits'), 'Digits that telephone systems take for an outside line'),
  }),
  shortCodes: list(Type.String({ pattern: '^[0-9x]{2,8}$' }), 'Refused as what a SIP address dials; `x` is any digit'),
  internationalPrefixes: list(Digits('Digits'), 'What is dialled before a country code'),
  refusedKinds: list(Type.Enum(NUMBER_KINDS), 'Kinds of numbers that are refused'),
  refusedPrefixes: list(Strict({ prefix: Type.String({ pattern: '^\\+[0-9x]{1,14}$' }), why: Type.String({ minLength: 1, maxLength: 200 }) }), 'Beginnings of numbers that are refused; `x` is any digit'),
  sip: Strict({
    allowPrivateHosts: Type.Boolean(),
    allowHosts: list(HostPattern, 'When there are any: only these'),
    denyHosts: list(HostPattern, 'Never these'),
    accountHosts: list(HostPattern, 'Where a user made of digits is an account or an extension and not a telephone number'),
  }),
  loops: Strict({ followAtMost: Type.Integer({ minimum: 1, maximum: 10_000 }) }),
  warnAboveNumbersBehindOne: Type.Integer({ minimum: 1, maximum: 10_000_000 }),
  alarmOnChangesWithinHours: Type.Integer({ minimum: 0, maximum: 720 }),
  approval: Strict({
    numbers: Type.Integer({ minimum: 0, maximum: 10_000_000 }),
    withinMinutes: Type.Integer({ minimum: 1, maximum: 43_200 }),
  }),
}, { $id: 'DestinationPolicy' });

export type DestinationPolicy = Static<typeof DestinationPolicySchema>;

/** The rules of the policy, each with the sentence that the API gives as its reason unless there is a better one. */
export const POLICY_RULES = {
  emergency: 'an emergency number is never a destination',
  'short-code': 'a short code is never a destination',
  'not-a-number': 'no number of any numbering plan',
  'number-kind': 'numbers of this kind are refused',
  prefix: 'numbers that begin like this are refused',
  country: "not a country that this customer's calls may go to",
  'sip-address': 'not a SIP address that can be judged',
  'sip-host': 'this host is refused',
  loop: 'it leads back here',
} as const;

export type PolicyRule = keyof typeof POLICY_RULES;

/** Why a destination is refused. */
export interface Refusal {
  rule: PolicyRule;
  /** For people; holds no full telephone number. */
  reason: string;
}
