/** Collects what one commit checks and writes; the references and indexes of a record follow from the record itself. */
import type { AuditEntry } from '../domain/audit.ts';
import type { Owed } from '../domain/owed.ts';
import { sha256 } from './audit-chain.ts';
import { encodePayload, type Records } from './codec.ts';
import { keys, type Collection } from './keys.ts';
import { indexesOf, referencesOf } from './relations.ts';

export type Expectation = number | 'absent' | 'present' | 'unreadable';

export interface Check {
  kind: 'is' | 'free' | 'new' | 'marked';
  /** `collection/id` of the record that was checked; of the others the key. */
  subject: string;
  /** Of an `is`: what was expected. */
  expected?: Expectation;
}

interface Operation {
  name: 'is' | 'free' | 'new' | 'marked' | 'mark' | 'ref' | 'put' | 'del' | 'index' | 'unindex' | 'push' | 'keep' | 'owe' | 'audit';
  key?: string;
  field?: string;
  value?: string;
  /** Of put and del the collection; of audit the SHA-256 of `value`. */
  more?: string;
}

export interface Draft {
  expect(collection: Collection, id: string, expectation: Expectation): void;
  /** Nothing may refer to the record. */
  expectUnused(collection: Collection, id: string): void;
  /** The key must not exist: what goes with it was never done. */
  expectNew(key: string): void;
  /** Writes the field of a hash that holds no records, if it is still what it was; undefined: absent. */
  mark(key: string, field: string, was: string | undefined, value: string): void;
  /** So many more (or fewer) references to `collection/id` than are counted. */
  recount(subject: string, change: number): void;
  put<C extends Collection>(collection: C, id: string, record: Records[C], previous: Records[C] | undefined): void;
  remove<C extends Collection>(collection: C, id: string, previous: Records[C] | undefined): void;
  /** Appends to a list beside the records, which then lives `keepSeconds` more. */
  push(key: string, value: string, keepSeconds: number): void;
  /** What subscribers are to be told of it, see src/domain/owed.ts. */
  owe(owed: Owed): void;
  audit(entry: AuditEntry): void;
  /** The script's keys beyond the fixed ones, its arguments, and the checks by position. */
  seal(): { keys: string[]; args: string[]; checkAt(position: number): Check | undefined };
}

/** Keys that the script has before those of the draft. */
const FIXED_KEYS = 7;

const difference = (left: readonly string[], right: readonly string[]): string[] => left.filter((entry) => !right.includes(entry));

function place(subject: string): { collection: Collection; id: string } {
  const slash = subject.indexOf('/');
  return { collection: subject.slice(0, slash) as Collection, id: subject.slice(slash + 1) };
}

function sealed(operations: readonly Operation[], checks: ReadonlyMap<number, Check>): ReturnType<Draft['seal']> {
  const positions = new Map<string, number>();
  const args: string[] = [];
  for (const { name, key, field = '', value = '', more = '' } of operations) {
    let position = 0;
    if (key !== undefined) {
      position = positions.get(key) ?? positions.size + 1;
      positions.set(key, position);
    }
    args.push(name, String(position === 0 ? 0 : position + FIXED_KEYS), field, value, more);
  }
  return { keys: [...positions.keys()], args, checkAt: (position) => checks.get(position) };
}

export function createDraft(): Draft {
  const operations: Operation[] = [];
  const checks = new Map<number, Check>();
  /** Many rows of an import refer to the same few records: one check and one count for all. */
  const counted = new Map<string, { operation: Operation; change: number }>();
  const expected = new Set<string>();

  function expect(collection: Collection, id: string, expectation: Expectation): void {
    const subject = `${collection}/${id}`;
    if (expectation === 'present' && expected.has(subject)) return;
    expected.add(subject);
    checks.set(operations.length, { kind: 'is', subject, expected: expectation });
    operations.push({ name: 'is', key: keys.home(collection, id), field: id, value: String(expectation) });
  }

  function expectUnused(collection: Collection, id: string): void {
    const subject = `${collection}/${id}`;
    checks.set(operations.length, { kind: 'free', subject });
    operations.push({ name: 'free', field: subject });
  }

  function count(subject: string, change: number): void {
    const known = counted.get(subject);
    const entry = known ?? { operation: { name: 'ref' as const, field: subject, value: '0' }, change: 0 };
    entry.change += change;
    entry.operation.value = String(entry.change);
    if (known) return;
    counted.set(subject, entry);
    operations.push(entry.operation);
  }

  function relate(id: string, now: { references: string[]; indexes: string[] }, before: { references: string[]; indexes: string[] }): void {
    for (const subject of difference(now.references, before.references)) {
      const { collection, id: target } = place(subject);
      expect(collection, target, 'present');
      count(subject, 1);
    }
    for (const subject of difference(before.references, now.references)) count(subject, -1);
    for (const name of difference(now.indexes, before.indexes)) operations.push({ name: 'index', key: keys.index(name), field: id });
    for (const name of difference(before.indexes, now.indexes)) operations.push({ name: 'unindex', key: keys.index(name), field: id });
  }

  const relations = <C extends Collection>(collection: C, record: Records[C] | undefined) =>
    record === undefined ? { references: [], indexes: [] } : { references: referencesOf(collection, record), indexes: indexesOf(collection, record) };

  return {
    expect,
    expectUnused,
    mark(key, field, was, value) {
      checks.set(operations.length, { kind: 'marked', subject: key });
      operations.push({ name: 'marked', key, field, value: was ?? '' }, { name: 'mark', key, field, value });
    },
    recount: count,
    expectNew(key) {
      checks.set(operations.length, { kind: 'new', subject: key });
      operations.push({ name: 'new', key });
    },
    put(collection, id, record, previous) {
      relate(id, relations(collection, record), relations(collection, previous));
      operations.push({ name: 'put', key: keys.home(collection, id), field: id, value: encodePayload(collection, record), more: collection });
    },
    remove(collection, id, previous) {
      expectUnused(collection, id);
      relate(id, { references: [], indexes: [] }, relations(collection, previous));
      operations.push({ name: 'del', key: keys.home(collection, id), field: id, more: collection });
    },
    push(key, value, keepSeconds) {
      operations.push({ name: 'push', key, value }, { name: 'keep', key, value: String(keepSeconds) });
    },
    owe: (owed) => void operations.push({ name: 'owe', value: JSON.stringify(owed) }),
    audit(entry) {
      const value = JSON.stringify(entry);
      operations.push({ name: 'audit', field: entry.customer ?? '', value, more: sha256(value) });
    },
    seal: () => sealed(operations, checks),
  };
}
