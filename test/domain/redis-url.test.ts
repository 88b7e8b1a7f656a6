import { describe, expect, test } from 'vitest';
import { readRedisUrl } from '../../src/domain/redis-url.ts';

describe('an address of Redis', () => {
  test.each(['redis://localhost', 'rediss://:secret@redis:6380/1', 'unix:///run/redis.sock', '/run/redis.sock'])('%s is one Redis, as it is', (url) => {
    expect(readRedisUrl(url)).toEqual({ kind: 'one', url });
  });

  test('names Sentinels, the primary they know, and two kinds of login', () => {
    expect(readRedisUrl('redis+sentinel://app:p%40ss%2C@one:26380,two,[::1]:26381/main?sentinelUsername=watch&sentinelPassword=s%26t&db=2')).toEqual({
      kind: 'sentinel',
      nodes: [{ host: 'one', port: 26380 }, { host: 'two', port: 26379 }, { host: '::1', port: 26381 }],
      login: { username: 'app', password: 'p@ss,' },
      tls: false,
      master: 'main',
      sentinelLogin: { username: 'watch', password: 's&t' },
      database: 2,
    });
    expect(readRedisUrl('rediss+sentinel://one/main')).toEqual({ kind: 'sentinel', nodes: [{ host: 'one', port: 26379 }], login: {}, tls: true, master: 'main', sentinelLogin: {}, database: 0 });
  });

  test('names servers of a Cluster', () => {
    expect(readRedisUrl('rediss+cluster://:secret@10.0.0.1:7000,10.0.0.2')).toEqual({ kind: 'cluster', nodes: [{ host: '10.0.0.1', port: 7000 }, { host: '10.0.0.2', port: 6379 }], login: { password: 'secret' }, tls: true });
  });

  test.each([
    ['http://hidden@redis', 'none of these'],
    ['redis+sentinel://one,two', 'the name by which the Sentinels know the primary'],
    ['redis+sentinel://:hidden@one/main/2', 'the name by which'],
    ['redis+sentinel://:hidden@/main', 'host or host:port'],
    ['redis+sentinel://:hidden@one,,two/main', 'host or host:port'],
    ['redis+sentinel://:hidden@one:99999/main', 'host or host:port'],
    ['redis+sentinel://:hidden@one/main?password=hidden', 'only the options sentinelUsername, sentinelPassword, db'],
    ['redis+sentinel://:hidden@one/main?db=first', 'the number of a database'],
    ['redis+sentinel://:hidden%zz@one/main', 'begins no escape'],
    ['redis+cluster://:hidden@one/0', 'a cluster has no databases'],
    ['redis+cluster://:hidden@one?db=1', 'no options'],
    ['redis+cluster://:hid@den@one', 'none of these'],
  ])('%s is refused, and nothing of it is told', (url, said) => {
    const read = readRedisUrl(url);
    expect(read).toEqual({ fault: expect.stringContaining(said) as string });
    expect(JSON.stringify(read)).not.toMatch(/hid|zz|first/);
  });
});
