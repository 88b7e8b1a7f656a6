/** What docs/plans.md shows is true: its plans are taken, its hours are open and closed when it says so. */
import { Compile } from 'typebox/compile';
import { expect, test } from 'vitest';
import { DEFAULT_RING_SECONDS, DestinationSchema, PlanSchema, VOICEMAIL_MAX_SECONDS } from '../../src/domain/plan.ts';
import { DEFAULT_PRIMARY_RING_SECONDS } from '../../src/domain/primary.ts';
import { canonicalNumber } from '../../src/domain/phone-number.ts';
import { isOpen, parseHours } from '../../rules/hours.ts';
import { isMistake } from '../../rules/parse-hours.ts';
import { checkPlan } from '../../rules/plan-laws.ts';
import { blocksOf, read, tableOf } from '../support/tree.ts';

const page = read('docs/plans.md');
const validator = Compile(PlanSchema);

test('every plan in it keeps the schema and the laws', () => {
  const plans = blocksOf(page, 'json').map((block) => JSON.parse(block) as unknown);
  expect(plans).not.toEqual([]);
  for (const plan of plans) {
    if (!validator.Check(plan)) throw new Error(JSON.stringify([...validator.Errors(plan)]));
    expect(checkPlan(plan, canonicalNumber)).toEqual([]);
  }
});

/** `2026-11-22 03:00` by a clock in UTC. */
const instant = (text: string): number => Date.parse(`${text.replace(' ', 'T')}:00Z`);

const examples = tableOf(page, 'hours').map(([hours = '', open = '', closed = '']) => ({ hours: /^`([^`]+)`/.exec(hours)?.[1] ?? '', open, closed }));

test.each(examples)('$hours', ({ hours: text, open, closed }) => {
  const parsed = parseHours(text);
  if (isMistake(parsed)) throw new Error(parsed.error);
  expect(isOpen(parsed.hours, instant(open), 'UTC')).toBe(true);
  if (closed !== '') expect(isOpen(parsed.hours, instant(closed), 'UTC')).toBe(false);
});

test('it names every field of a destination, and the defaults that hold', () => {
  expect(tableOf(page, 'field').map(([field = '']) => field).toSorted()).toEqual(Object.keys(DestinationSchema.properties).filter((field) => field !== 'to').map((field) => `\`${field}\``).toSorted());
  expect(page).toContain(`default ${DEFAULT_RING_SECONDS}`);
  expect(page).toContain(`\`ringSeconds\` (${DEFAULT_PRIMARY_RING_SECONDS})`);
  expect(page).toContain(`up to ${VOICEMAIL_MAX_SECONDS} s`);
});
