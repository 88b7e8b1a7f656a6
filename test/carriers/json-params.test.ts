/** JSON bodies as parameters, and the bounds of what is read of one. */
import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { MAX_PARAMS } from '../../src/carriers/form.ts';
import { parseJsonWebhook } from '../../src/carriers/json-params.ts';

const read = (text: string, target = '/x', type = 'application/json; charset=utf-8', method = 'POST') => parseJsonWebhook({ method, target, headers: { 'content-type': type }, body: Buffer.from(text) });

it.each<[string, [string, string[]][]]>([
  ['{"to":"442079460123","dtmf":{"digits":"1","timed_out":false},"n":1.5,"none":null}', [['to', ['442079460123']], ['dtmf.digits', ['1']], ['dtmf.timed_out', ['false']], ['n', ['1.5']]]],
  ['{"a":[1,{"b":2},[3]]}', [['a', ['1', '3']], ['a.b', ['2']]]],
  ['{"__proto__":"x","constructor":{"y":"z"}}', [['__proto__', ['x']], ['constructor.y', ['z']]]],
  ['[1]', []],
  ['"x"', []],
  ['{"a":', []],
  ['', []],
])('%s', (text, expected) => {
  expect([...read(text)]).toEqual(expected);
});

it('the query comes after the body, and hides nothing of it', () => {
  expect([...read('{"to":"1"}', '/x?to=2&called=3')]).toEqual([['to', ['1', '2']], ['called', ['3']]]);
});

it('nothing is read of another type, or of a GET', () => {
  expect([...read('{"to":"1"}', '/x', 'text/plain'), ...read('{"to":"1"}', '/x', 'application/json', 'GET')]).toEqual([]);
});

it('reads no more than its bound', () => {
  expect(read(JSON.stringify(Object.fromEntries(Array.from({ length: 2 * MAX_PARAMS }, (_, index) => [`a${index}`, 1])))).size).toBe(MAX_PARAMS);
  expect(read(JSON.stringify({ a: Array.from({ length: 2 * MAX_PARAMS }, () => 1) })).get('a')).toHaveLength(MAX_PARAMS);
});

it('never throws', () => {
  fc.assert(fc.property(fc.oneof(fc.string(), fc.json()), (text) => { read(text); }));
});
