/** docs/readiness.md has one row for every reason, as the API tells it. */
import { expect, test } from 'vitest';
import { READINESS_REASONS } from '../../rules/readiness.ts';
import { read, tableOf } from '../support/tree.ts';

const COUNTS = { stops: 'not answered', passes: 'not now', risk: 'at risk' } as const;

test('every reason is there, in the order in which they are told', () => {
  expect(tableOf(read('docs/readiness.md'), 'reason')).toEqual(Object.entries(READINESS_REASONS).map(([reason, { is, means }]) => [`\`${reason}\``, COUNTS[is], means]));
});
