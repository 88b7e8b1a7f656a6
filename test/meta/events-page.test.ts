/** docs/events.md has one row and one example for every kind of event, as the catalogue has them, and the examples are what their schemas say. */
import { Value } from 'typebox/value';
import { describe, expect, test } from 'vitest';
import { EVENT_KINDS, EVENT_TYPE_PREFIX, type EventKind } from '../../src/domain/event-kinds.ts';
import { NOTIFICATION_CLASSES, OWN_KINDS } from '../../src/domain/notification.ts';
import { SubscriberSchema } from '../../src/domain/subscriber.ts';
import { blocksOf, read, tableOf } from '../support/tree.ts';

const page = read('docs/events.md');
const kinds = Object.entries(EVENT_KINDS);
const OF_OTHERS = ['lamp.state', 'message-light.state', 'parking.state', 'billing.record'];
const UNITS = [[86_400, 'day'], [3600, 'hour'], [60, 'minute'], [1, 'second']] as const;

/** In the largest unit of which it is a whole number. */
function span(seconds: number | null): string {
  if (seconds === null) return 'ever';
  const [size, unit] = UNITS.find(([each]) => seconds % each === 0) ?? [1, 'second'];
  return `${seconds / size} ${unit}${seconds === size ? '' : 's'}`;
}

test('every kind has its row', () => {
  expect(tableOf(page, 'kind')).toEqual(kinds.map(([kind, of]) => [`\`${kind}\``, of.class, of.key, span(of.expiresAfter), of.says]));
});

test('every kind has its example', () => {
  const [examples = '{}'] = blocksOf(page, 'json');
  expect(Object.entries(JSON.parse(examples) as object)).toEqual(kinds.map(([kind, { example }]) => [kind, example]));
});

test('every field of what is told of primaries and diversions is explained, and of which', () => {
  const ours = kinds.filter(([kind]) => /^(diversion|primary)\./.test(kind)) as [EventKind, { data: { properties: object } }][];
  const patterns = (text: string) => ours.filter(([kind]) => text === 'all' || text.split('`').some((one) => one === kind || (one.endsWith('*') && kind.startsWith(one.slice(0, -1))))).map(([kind]) => kind);
  // The table of the envelope comes before it.
  const explained = tableOf(page.slice(page.indexOf('## Kinds')), 'field').flatMap(([names = '', of = '']) => [...names.matchAll(/`(\w+)`/g)].flatMap(([, name]) => patterns(of).map((kind) => `${kind} ${name}`)));
  expect(explained.toSorted()).toEqual(ours.flatMap(([kind, { data }]) => Object.keys(data.properties).map((name) => `${kind} ${name}`)).toSorted());
});

test('the page says how the type of an event is made of its kind', () => {
  expect(page).toContain(`\`${EVENT_TYPE_PREFIX}call.missed\``);
});

describe.each(kinds)('%s', (kind, { class: is, data, example }) => {
  test('has an example that its schema takes', () => {
    expect([...Value.Errors(data, example)]).toEqual([]);
  });

  test('is told by nobody else when it is of what happens here', () => {
    expect(OWN_KINDS.some((own) => kind.startsWith(own))).toBe(!OF_OTHERS.includes(kind));
  });

  test('has a name that a subscriber can ask for, and a class', () => {
    expect(Value.Check(SubscriberSchema.properties.kinds, [kind])).toBe(true);
    expect(NOTIFICATION_CLASSES).toContain(is);
  });
});
