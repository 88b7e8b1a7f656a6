/** An operator's divert or restore is carried out as it is said, elsewhere and at once: here the judgement of health takes it over, and begins anew from it. */
import type { HealthRecord } from '../src/domain/health-record.ts';
import type { Word } from './operators-word.ts';

export interface OperatorsOrder extends Word {
  /** Of a restore: in steps, as automation does it, or all calls now. */
  how?: 'steps' | 'now' | undefined;
}

/** A word that was heeded before, or is older, changes nothing. */
export function heed(record: HealthRecord, order: OperatorsOrder | undefined): HealthRecord {
  if (!order || (record.word && order.at <= record.word.at)) return record;
  const { pending: _, blocked: __, ...rest } = record;
  const word = { says: order.says, at: order.at, settled: false };
  if (order.says === 'divert') return { ...rest, word, atCarriers: true, ...(record.state === 'down' ? {} : { state: 'down' as const, since: order.at }) };
  if (record.state !== 'down' && record.state !== 'recovering') return { ...rest, word };
  if (order.how === 'steps') return record.state === 'recovering' ? { ...rest, word } : { ...rest, word, state: 'recovering', since: order.at, step: 0, stepSince: order.at };
  return { ...rest, word, state: 'up', since: order.at, atCarriers: false };
}
