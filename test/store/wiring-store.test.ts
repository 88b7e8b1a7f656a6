/** How numbers were set at a carrier, as it is kept: on a real Redis. */
import { expect, test } from 'vitest';
import { keys } from '../../src/store/keys.ts';
import { createWiringStore } from '../../src/store/wiring-store.ts';
import { eachWorld } from '../support/each-world.ts';

const here = eachWorld();
const of = (address: string) => new Map([['+441632960001', { ref: 'PN1', routing: { voiceUrl: address } }]]);

test('what is noted anew while the rest is gone through for what is not there any more is not forgotten with it', async () => {
  const store = createWiringStore(here.world.redis);
  await store.note('tw', of('https://one.example.net'), 10);
  // Over one connection, in the order in which it was asked: the number is noted right after the first that is read.
  await Promise.all([store.forget('tw', 5), store.note('tw', of('https://two.example.net'), 20)]);
  expect(await store.readMany('tw', ['+441632960001'])).toEqual([{ ref: 'PN1', routing: { voiceUrl: 'https://two.example.net' } }]);
  await store.forget('tw', 15);
  expect(await here.world.redis.hvals(keys.wiringForms('tw'))).toEqual(['{"voiceUrl":"https://two.example.net"}']);
});
