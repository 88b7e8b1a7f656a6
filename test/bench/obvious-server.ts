/**
 * The stack that one would write first, as a comparison: Fastify with its default log, its plugin for forms, the carrier's SDK for
 * signature and answer, and the plan from Redis for each call; `recorded` also waits until Redis has the call.
 * Usage: obvious-server.js plain|recorded REDIS LOG_FILE
 */
import formbody from '@fastify/formbody';
import fastify from 'fastify';
import { Redis } from 'ioredis';
import type { AddressInfo } from 'node:net';
import twilio from 'twilio';
import { AUTH_TOKEN } from '../support/webhooks.ts';
import { ORIGIN } from './fleet.ts';

const [, , kind = '', redisPath = '', logFile = ''] = process.argv;
const redis = new Redis(redisPath);
const app = fastify({ logger: { file: logFile } });
await app.register(formbody);
app.post('/webhooks/main/voice', async (request, reply) => {
  const form = request.body as Record<string, string>;
  if (!twilio.validateRequest(AUTH_TOKEN, String(request.headers['x-twilio-signature']), ORIGIN + request.url, form)) return reply.code(403).send();
  const target = await redis.get(`bench:plan:${form['To']}`);
  if (kind === 'recorded') await redis.xadd('bench:obvious-calls', 'MAXLEN', '~', 10_000, '*', 'call', form['CallSid'] ?? '', 'number', form['To'] ?? '', 'from', form['From'] ?? '');
  const response = new twilio.twiml.VoiceResponse();
  const dial = response.dial({ action: '/webhooks/main/step', timeout: 60, answerOnBridge: true });
  dial.sip(`sip:${form['To']}@${target}`);
  return reply.type('text/xml').send(response.toString());
});
await app.listen({ port: 0, host: '127.0.0.1' });
console.log(JSON.stringify({ port: (app.server.address() as AddressInfo).port }));
