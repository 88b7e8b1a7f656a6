/** A process that owns the redis-server of a data folder, for tests to kill. Usage: node redis-owner.js DATA_DIR */
import { Redis } from 'ioredis';
import { createLog } from '../../src/operations/log.ts';
import { lockDataDir } from '../../src/store/data-dir-lock.ts';
import { createRedisServer } from '../../src/store/redis-server.ts';
import { realSystem } from '../../src/system/system.ts';

const [, , dataDir = ''] = process.argv;
const { timers, random } = realSystem;
const server = createRedisServer({ lock: lockDataDir(dataDir), log: createLog('silent'), timers, random, binary: process.env.REDIS_SERVER_BIN || 'redis-server' });
await server.start();
const client = new Redis(server.url);
await client.set('left', 'behind');
process.stdout.write(`${JSON.stringify({ url: server.url, pid: server.pid })}\n`);
