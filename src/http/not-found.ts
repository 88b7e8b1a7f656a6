/** What is answered where no route is: 405 with the methods that the address has, or 404 when it has none. */
import { Failure } from '../domain/errors.ts';
import type { App } from './app-type.ts';
import { sendProblem } from './problem.ts';

/** A route's pattern as an expression for addresses; a slash at the end does not matter. */
function expressionOf(pattern: string): RegExp {
  const parts = pattern.split('/').map((part) => (part.startsWith(':') ? '[^/]+' : part === '*' ? '.*' : part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')));
  return new RegExp(`^${parts.join('/').replace(/\/$/, '')}/?$`);
}

/** To be called before the first route is registered. */
export function installNotFound(app: App): void {
  const methods = new Map<string, Set<string>>();
  app.addHook('onRoute', ({ url, method }) => {
    const known = methods.get(url) ?? new Set();
    for (const one of [method].flat()) known.add(one);
    methods.set(url, known);
  });

  /** In the order of the alphabet. */
  function methodsAt(address: string): string[] {
    const path = address.split('?', 1)[0] ?? '';
    const found = [...methods].filter(([pattern]) => expressionOf(pattern).test(path)).flatMap(([, known]) => [...known]);
    return [...new Set(found)].toSorted();
  }

  app.setNotFoundHandler((request, reply) => {
    const allowed = methodsAt(request.url);
    if (allowed.length === 0) return sendProblem(new Failure('route_unknown', `There is no ${request.method} here`), request, reply);
    void reply.header('allow', allowed.join(', '));
    return sendProblem(new Failure('method_unknown', `This address takes ${allowed.join(', ')}`), request, reply);
  });
}
