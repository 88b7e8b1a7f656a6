import { ReplyError } from 'ioredis';
import { expect, test } from 'vitest';
import { placeOf, placeOptions, replicasWanted } from '../../src/store/redis-place.ts';

const answer = (text: string): Error => new (ReplyError as new (text: string) => Error)(text);

test.each(['redis+sentinel://one/main', 'redis+cluster://one'])('%s: a server that says it is not the one that takes our writes is left', (url) => {
  const place = placeOf(url);
  const leaves = place.kind === 'one' ? undefined : placeOptions(place, 1000).reconnectOnError;
  for (const said of ["READONLY You can't write against a read only replica.", 'ERR Error running script (call to f_1): @user_script:2: -READONLY You can\'t write', 'MOVED 1 10.0.0.1:6379', 'CLUSTERDOWN The cluster is down', 'UNBLOCKED force unblock']) expect(leaves?.(answer(said))).toBe(true);
  for (const said of ['OOM command not allowed', 'NOREPLICAS Not enough good replicas to write.', 'ERR unknown command', 'ASK 1 10.0.0.1:6379']) expect(leaves?.(answer(said))).toBe(false);
  expect(leaves?.(new Error('READONLY by the wording of something else'))).toBe(false);
});

test('a replica must have what is acknowledged where one can take over', () => {
  expect(['/run/redis.sock', 'redis://one', 'redis+sentinel://one/main', 'redis+cluster://one'].map(replicasWanted)).toEqual([0, 0, 1, 1]);
});

test('an address that cannot be read is not repeated', () => {
  expect(() => placeOf('redis+cluster://:hidden@one/0')).toThrow(/^(?!.*hidden).*cannot be used/);
});
