/**
 * How records are written in Redis: `<format>:<revision>:<payload>`. The revision is the number of the commit that
 * wrote the record. A record of an unknown format or one that does not match its schema is unreadable: it is
 * reported, never guessed at.
 */
import { Compile } from 'typebox/compile';
import type { TSchema } from 'typebox';
import { ApprovalSchema, type Approval } from '../domain/approval.ts';
import { AutomationSchema, type Automation } from '../domain/automation.ts';
import { CarrierSchema, type Carrier } from '../domain/carrier.ts';
import { CustomerSchema, ProviderSchema, type Customer, type Provider } from '../domain/customer.ts';
import { DiversionSchema, type Diversion } from '../domain/diversion.ts';
import { DrillSchema, type Drill } from '../domain/drill.ts';
import { ImportSchema, type ImportRecord } from '../domain/import.ts';
import { StoredKeySchema, type StoredKey } from '../domain/key.ts';
import { NumberSchema, type NumberRecord } from '../domain/number.ts';
import { PlanSchema, type Plan } from '../domain/plan.ts';
import { PrimarySchema, PrimaryStateSchema, type Primary, type PrimaryState } from '../domain/primary.ts';
import { ReceiverSchema, SilenceSchema, type Receiver, type Silence } from '../domain/receiver.ts';
import { SourceSchema, type Source } from '../domain/source.ts';
import { SubscriberSchema, type Subscriber } from '../domain/subscriber.ts';
import type { Collection } from './keys.ts';

export interface Records {
  provider: Provider;
  automation: Automation;
  customers: Customer;
  carriers: Carrier;
  primaries: Primary;
  states: PrimaryState;
  plans: Plan;
  numbers: NumberRecord;
  keys: StoredKey;
  diversions: Diversion;
  imports: ImportRecord;
  approvals: Approval;
  drills: Drill;
  sources: Source;
  receivers: Receiver;
  silences: Silence;
  subscribers: Subscriber;
}

export const FORMAT = '1';

export interface Decoded<C extends Collection> {
  revision: number;
  record: Records[C];
}

const schemas: Record<Collection, TSchema> = {
  provider: ProviderSchema,
  automation: AutomationSchema,
  customers: CustomerSchema,
  carriers: CarrierSchema,
  primaries: PrimarySchema,
  states: PrimaryStateSchema,
  plans: PlanSchema,
  numbers: NumberSchema,
  keys: StoredKeySchema,
  diversions: DiversionSchema,
  imports: ImportSchema,
  approvals: ApprovalSchema,
  drills: DrillSchema,
  sources: SourceSchema,
  receivers: ReceiverSchema,
  silences: SilenceSchema,
  subscribers: SubscriberSchema,
};

const validators = Object.fromEntries(Object.entries(schemas).map(([name, schema]) => [name, Compile(schema)])) as unknown as Record<Collection, { Check(value: unknown): boolean }>;

/**
 * A number's payload: `carrierRef TAB rule`, where the rule is what many numbers share. A million are read at start, so
 * the rule is cut off as one string and looked up, never parsed twice. No field can contain a tab.
 */
export function encodeNumber(record: NumberRecord): string {
  return `${record.carrierRef ?? ''}\t${encodeRule(record)}`;
}

function encodeRule(record: NumberRecord): string {
  return `${record.customer}\t${record.primary}\t${record.carrier}\t${record.plan ?? ''}\t${record.divertBy ?? ''}`;
}

/** The shared part of a number's payload, undefined when it has none. */
export function ruleOf(payload: string): string | undefined {
  const tab = payload.indexOf('\t');
  return tab < 0 ? undefined : payload.slice(tab + 1);
}

/** A number's record without its carrierRef, from the shared part; undefined when unreadable. */
export function decodeRule(rule: string): NumberRecord | undefined {
  const parts = rule.split('\t');
  if (parts.length !== 5) return undefined;
  const [customer, primary, carrier, plan, divertBy] = parts;
  const record = { customer, primary, carrier, ...(plan ? { plan } : {}), ...(divertBy ? { divertBy } : {}) };
  return validators.numbers.Check(record) ? (record as NumberRecord) : undefined;
}

function decodeNumber(payload: string): NumberRecord | undefined {
  const rule = ruleOf(payload);
  const record = rule === undefined ? undefined : decodeRule(rule);
  const carrierRef = payload.slice(0, payload.indexOf('\t'));
  if (!record) return undefined;
  const whole = carrierRef ? { ...record, carrierRef } : record;
  return validators.numbers.Check(whole) ? whole : undefined;
}

export function encodePayload<C extends Collection>(collection: C, record: Records[C]): string {
  return collection === 'numbers' ? encodeNumber(record as NumberRecord) : JSON.stringify(record);
}

/** The record of a payload, undefined when it is unreadable. */
export function decodePayload<C extends Collection>(collection: C, payload: string): Records[C] | undefined {
  if (collection === 'numbers') return decodeNumber(payload) as Records[C] | undefined;
  try {
    const value: unknown = JSON.parse(payload);
    return validators[collection].Check(value) ? (value as Records[C]) : undefined;
  } catch {
    return undefined;
  }
}

const PREFIX = /^1:(\d+):/;

/** Splits a stored value; undefined when it is not of this format. */
export function openEnvelope(stored: string): { revision: number; payload: string } | undefined {
  const match = PREFIX.exec(stored);
  return match ? { revision: Number(match[1]), payload: stored.slice(match[0].length) } : undefined;
}

export function decode<C extends Collection>(collection: C, stored: string): Decoded<C> | undefined {
  const envelope = openEnvelope(stored);
  const record = envelope && decodePayload(collection, envelope.payload);
  return envelope && record !== undefined ? { revision: envelope.revision, record } : undefined;
}
