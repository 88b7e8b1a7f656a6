/** The application as its routes see it, and what every route must say of itself. */
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyBaseLogger, FastifyInstance, RawReplyDefaultExpression, RawRequestDefaultExpression, RawServerDefault } from 'fastify';
import type { Actor, Role } from '../domain/key.ts';

export type App = FastifyInstance<RawServerDefault, RawRequestDefaultExpression, RawReplyDefaultExpression, FastifyBaseLogger, TypeBoxTypeProvider>;

/**
 * Who may use a route. `customer`: keys of one customer too, which then see and change that customer's records alone;
 * `provider`: only keys that belong to no customer; `public`: no key at all.
 */
export type Access = { role: Role; scope: 'customer' | 'provider' } | { scope: 'public' };

/**
 * What happens to requests of a route when the process is overloaded: `background` work, and each `stream`, is refused first, `admin` next (what a
 * route that says nothing is), and what must get through when all is failing `always` does.
 */
export type Urgency = 'background' | 'stream' | 'admin' | 'always';

declare module 'fastify' {
  interface FastifyContextConfig {
    access?: Access;
    urgency?: Urgency;
  }
  interface FastifyRequest {
    /** Who acts; set for every route that is not public. */
    actor: Actor;
    /** Refused because of overload. */
    shed: boolean;
  }
}
