/**
 * Which requests to the API are refused so that calls are answered: by how loaded the process is, and by how many are in flight. What an
 * operator needs when all is failing is never refused; webhooks have a lane of their own (./webhook-lane.ts).
 */
import type { FastifyRequest } from 'fastify';
import { clientOf } from '../access/guess-guard.ts';
import { Failure } from '../domain/errors.ts';
import type { Metrics } from '../operations/metrics.ts';
import { LEVEL, type LoadLevel } from '../system/load.ts';
import type { App, Urgency } from './app-type.ts';

type Refused = Exclude<Urgency, 'always'>;

interface Places {
  /** In flight together, and of one client address. Bodies and answers are in memory meanwhile. */
  all: number;
  ofClient: number;
  level: number;
}

const PLACES: Readonly<Record<Refused, Places>> = {
  background: { all: 8, ofClient: 4, level: LEVEL.background },
  // They stay for minutes.
  stream: { all: 64, ofClient: 16, level: LEVEL.background },
  admin: { all: 256, ofClient: 128, level: LEVEL.admin },
};
/** While background work waits, requests to the API have so many times fewer places: they are next. */
const FEWER = 4;

const RETRY_AFTER_SECONDS = 2;

function createCounter() {
  const byClient = new Map<string, number>();
  let all = 0;
  return {
    fits: (client: string, { all: most, ofClient }: Pick<Places, 'all' | 'ofClient'>): boolean => all < most && (byClient.get(client) ?? 0) < ofClient,
    add(client: string): void {
      all += 1;
      byClient.set(client, (byClient.get(client) ?? 0) + 1);
    },
    remove(client: string): void {
      all -= 1;
      const left = (byClient.get(client) ?? 1) - 1;
      if (left > 0) byClient.set(client, left);
      else byClient.delete(client);
    },
  };
}

/** To be installed before all that costs something; routes say in their `config.urgency` what they are. */
export function installShedding(app: App, { load, metrics }: { load: LoadLevel; metrics: Pick<Metrics, 'shed'> }): void {
  const counters: Readonly<Record<Refused, ReturnType<typeof createCounter>>> = { background: createCounter(), stream: createCounter(), admin: createCounter() };

  function refuse(request: FastifyRequest, urgency: Refused, why: 'load' | 'places'): Failure {
    request.shed = true;
    metrics.shed.inc({ class: urgency, why });
    return new Failure('overloaded', undefined, { retryAfterSeconds: RETRY_AFTER_SECONDS });
  }

  app.decorateRequest('shed', false);
  app.addHook('onRequest', (request, reply, done) => {
    const urgency = request.routeOptions.config.urgency ?? 'admin';
    if (urgency === 'always') {
      done();
      return;
    }
    const { level, all, ofClient } = PLACES[urgency];
    if (load.level >= level) {
      done(refuse(request, urgency, 'load'));
      return;
    }
    const fewer = load.level >= LEVEL.background ? FEWER : 1;
    const client = clientOf(request.ip);
    const counter = counters[urgency];
    if (!counter.fits(client, { all: all / fewer, ofClient: ofClient / fewer })) {
      done(refuse(request, urgency, 'places'));
      return;
    }
    counter.add(client);
    // Also of who has gone meanwhile, or does not read.
    reply.raw.once('close', () => counter.remove(client));
    done();
  });
}
