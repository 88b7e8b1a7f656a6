/** Judges one chunk of a file against what is stored now. Writes nothing: the same for a dry run as for the import itself. */
import { setImmediate as breathe } from 'node:timers/promises';
import type { Customer } from '../domain/customer.ts';
import type { DestinationPolicy } from '../domain/destination-policy.ts';
import type { RejectedRow, StagedRow } from '../domain/import.ts';
import type { NumberRecord } from '../domain/number.ts';
import { encodeNumber } from '../store/codec.ts';
import { whyNotDivertedBy } from '../policy/divert-by.ts';
import { checkRowsByPolicy } from '../policy/row-check.ts';
import { createReads, type Reads } from '../store/reads.ts';
import type { Store } from '../store/store.ts';
import { checkRow, isRefused, rejectedRow, type NumberRow, type RefusedRow } from './check-row.ts';
import type { ShownChange } from './import-lists.ts';
import { lookUp, lookUpReferences, referenceFault, type References } from './references.ts';
import { sampleOf, type NumberChange, type Verdict } from './verdict.ts';

/** Rows checked without a pause: calls may be answered by the same process, and a row takes some 20 µs. */
const ROWS_A_TURN = 25;

const readable = <R>(found: { record: R } | { unreadable: true } | undefined): R | undefined => (found && 'record' in found ? found.record : undefined);

export type CheckedRow = NumberRow | RefusedRow;

export async function checkRows(rows: readonly StagedRow[]): Promise<CheckedRow[]> {
  const checked: CheckedRow[] = [];
  for (const [at, row] of rows.entries()) {
    if (at > 0 && at % ROWS_A_TURN === 0) await breathe();
    checked.push(checkRow(row));
  }
  return checked;
}

function unique(values: readonly (string | undefined)[]): string[] {
  return [...new Set(values)].filter((value) => value !== undefined);
}

/** What the destination policy has against the plan that a row names, or falls to. */
async function policyFor(store: Reads, policy: DestinationPolicy, rows: readonly NumberRow[], { customers, plans }: References): Promise<(row: NumberRow) => string | undefined> {
  const ownerOf = (id: string): Customer | undefined => readable(customers.get(id));
  const unnamed = rows.filter(({ record: { plan } }) => plan === undefined);
  const provider = unnamed.length > 0 ? readable(await store.find('provider', 'provider')) : undefined;
  const planOf = ({ plan, customer }: NumberRecord): string | undefined => plan ?? ownerOf(customer)?.defaultPlan ?? provider?.defaultPlan;
  const defaults = unique(unnamed.map(({ record }) => planOf(record))).filter((id) => !plans.has(id));
  const found = await store.findMany('plans', defaults);
  const records = new Map([...plans, ...defaults.map((id, at) => [id, found[at]] as const)].flatMap(([id, one]) => (one && 'record' in one ? [[id, one.record] as const] : [])));
  const named = rows.flatMap(({ number, record: { plan } }) => (plan === undefined ? [] : [{ number, plan }]));
  const check = await checkRowsByPolicy(store, policy, records, named);
  return ({ number, record }) => {
    const plan = planOf(record);
    return plan === undefined ? undefined : check({ number, plan, byDefault: record.plan === undefined, customer: ownerOf(record.customer) });
  };
}

/** Rows are taken in the order of the file: of several for one number the last remains, and each counts for what it did. */
export async function judgeRows(store: Store, checked: readonly CheckedRow[], policy?: DestinationPolicy): Promise<Verdict> {
  const good = checked.filter((row): row is NumberRow => !isRefused(row));
  const [known, stored] = await Promise.all([lookUpReferences(store, good.map((row) => row.record)), lookUp(store, 'numbers', good.map((row) => row.number))]);
  const reads = createReads(store);
  const refusedBy = policy && (await policyFor(reads, policy, good, known));
  const changes = new Map<string, NumberChange>();
  const rejected: RejectedRow[] = [];
  const counts = { created: 0, changed: 0, unchanged: 0 };
  const samples = { created: [] as ShownChange[], changed: [] as ShownChange[], unchanged: [] as ShownChange[] };
  const customers = new Set<string>();

  function take(kind: keyof typeof counts, number: string, before: NumberRecord | undefined, after: NumberRecord): void {
    counts[kind] += 1;
    samples[kind].push(sampleOf({ number, before, after }));
  }

  for (const row of checked) {
    if (isRefused(row)) {
      rejected.push(row.refused);
      continue;
    }
    const { number, record, line } = row;
    const fault = referenceFault(record, known);
    if (fault) {
      rejected.push(rejectedRow(line, fault.code, fault.detail));
      continue;
    }
    const found = stored.get(number);
    const before = found && 'record' in found ? found.record : undefined;
    const current = changes.get(number)?.after ?? before;
    const carrier = readable(known.carriers.get(record.carrier));
    const unable = carrier && whyNotDivertedBy(number, record, current, carrier);
    if (unable !== undefined) {
      rejected.push(rejectedRow(line, 'carrier_ability_missing', `divertBy: ${unable}`));
      continue;
    }
    // What the number has already was judged when it came, and is again at each call.
    const bringsPlan = record.plan !== current?.plan || record.customer !== current?.customer;
    const refusal = bringsPlan ? refusedBy?.(row) : undefined;
    if (refusal !== undefined) {
      rejected.push(rejectedRow(line, 'destination_refused', refusal));
      continue;
    }
    customers.add(record.customer);
    if (current && encodeNumber(current) === encodeNumber(record)) {
      take('unchanged', number, current, record);
      continue;
    }
    // One that is there and cannot be read is overwritten.
    take(current || found ? 'changed' : 'created', number, current, record);
    changes.set(number, { number, found, before, after: record });
  }
  return {
    changes: [...changes.values()],
    rejected,
    plans: known.plans,
    unchanged: reads.unchanged,
    counts: { ...counts, rejected: rejected.length, removed: 0 },
    samples,
    names: unique(checked.map((row) => row.number)),
    customers: [...customers],
    nameless: checked.filter((row) => row.number === undefined).length,
  };
}
