/** Judges one row of an import by itself: is it a number's record, and in which words is it refused otherwise. */
import { Compile } from 'typebox/compile';
import type { ErrorCode } from '../domain/errors.ts';
import type { RejectedRow, StagedRow } from '../domain/import.ts';
import { NumberSchema, type NumberRecord } from '../domain/number.ts';
import { canonicalNumber } from '../domain/phone-number.ts';
import { REQUIRED_COLUMNS } from './row-reader.ts';

export interface NumberRow {
  line: number;
  number: string;
  record: NumberRecord;
}

/** A row that is not taken; its number when that can be read all the same. */
export interface RefusedRow {
  refused: RejectedRow;
  number: string | undefined;
}

const validator = Compile(NumberSchema);
const SHOWN_CHARACTERS = 40;

export function rejectedRow(line: number, code: ErrorCode, detail: string): RejectedRow {
  return { line, code, detail };
}

function shown(value: unknown): string {
  const text = typeof value === 'string' ? value : String(value);
  return JSON.stringify(text.length > SHOWN_CHARACTERS ? `${text.slice(0, SHOWN_CHARACTERS)}…` : text);
}

const isEmpty = (value: unknown): boolean => value === '' || value === null || value === undefined;

/** The first thing that is wrong with a record, its field named. */
function schemaFault(record: Record<string, unknown>): string {
  const errors = validator.Errors(record);
  const unknown = errors.find((error) => error.keyword === 'additionalProperties');
  if (unknown?.keyword === 'additionalProperties') return `${unknown.params.additionalProperties[0] ?? 'row'}: unknown field`;
  const [error] = errors;
  return error ? `${error.instancePath.slice(1)}: ${error.message}, is ${shown(record[error.instancePath.slice(1)])}` : 'the row does not match the schema of a number';
}

export function isRefused(row: NumberRow | RefusedRow): row is RefusedRow {
  return 'refused' in row;
}

const refused = (why: RejectedRow, number?: string): RefusedRow => ({ refused: why, number });

/** An empty optional column is as if it were not there. */
export function checkRow(row: StagedRow): NumberRow | RefusedRow {
  if ('fault' in row) return refused(rejectedRow(row.line, 'row_malformed', `the row ${row.fault}`));
  const { number: given, ...fields } = row.value;
  const number = typeof given === 'string' ? canonicalNumber(given) : undefined;
  const missing = REQUIRED_COLUMNS.find((column) => isEmpty(row.value[column]));
  if (missing) return refused(rejectedRow(row.line, missing === 'number' ? 'number_invalid' : 'row_invalid', `${missing}: is missing`), number);
  if (number === undefined) return refused(rejectedRow(row.line, 'number_invalid', `number: ${shown(given)} is not a valid number in E.164, such as +442079460123`));
  const record = Object.fromEntries(Object.entries(fields).filter(([, value]) => !isEmpty(value)));
  if (!validator.Check(record)) return refused(rejectedRow(row.line, 'row_invalid', schemaFault(record)), number);
  return { line: row.line, number, record };
}
