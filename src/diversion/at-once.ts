/** Keeps the requests that are under way at a carrier within what it takes at the same time; those that find no place wait, in their order. */
import type { CarrierApi, Send } from '../carriers/api.ts';

export type AtOnce = (api: CarrierApi) => CarrierApi;

/** `most` as it is now: it may be changed meanwhile. */
export function createAtOnce(most: () => number): AtOnce {
  const waiting: (() => void)[] = [];
  let underWay = 0;

  function admit(): void {
    while (waiting.length > 0 && underWay < most()) {
      underWay += 1;
      waiting.shift()?.();
    }
  }

  async function within<T>(request: () => Promise<T>): Promise<T> {
    await new Promise<void>((resolve) => {
      waiting.push(resolve);
      admit();
    });
    try {
      return await request();
    } finally {
      underWay -= 1;
      admit();
    }
  }

  return (api) => {
    const { members, orderState } = api;
    return {
      ...api,
      findNumber: (number) => within(() => api.findNumber(number)),
      readRouting: (ref, number) => within(() => api.readRouting(ref, number)),
      setRouting: (ref, fields) => within(() => api.setRouting(ref, fields)),
      ...(members ? { members: (group: string, send: Send) => members(group, (request) => send(() => within(request))) } : {}),
      ...(orderState ? { orderState: (order: string) => within(() => orderState(order)) } : {}),
    };
  };
}
