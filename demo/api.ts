/** The service's API as the demo uses it: what any operator could do with curl. */

export interface ShownCall {
  ref: string;
  number: string;
  from: string;
  outcome: string;
}

export interface Api {
  ask<T = Record<string, unknown>>(method: string, path: string, body?: unknown): Promise<T>;
  /** Imports a CSV and waits until every row is taken. */
  importNumbers(csv: string): Promise<{ created: number; rejected: number }>;
  /** Every call seen, the newest first. */
  calls(): Promise<ShownCall[]>;
}

const PAGE = 1000;
const LOOK_MS = 50;

export function createApi(url: string, key: string): Api {
  async function send<T>(method: string, path: string, body: string | undefined, type: string): Promise<T> {
    const response = await fetch(url + path, { method, headers: { authorization: `Bearer ${key}`, 'ringthrough-reason': 'demo', ...(body === undefined ? {} : { 'content-type': type }) }, ...(body === undefined ? {} : { body }) });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path} was answered ${response.status}: ${text}`);
    return JSON.parse(text) as T;
  }
  const ask = <T>(method: string, path: string, body?: unknown): Promise<T> => send<T>(method, path, body === undefined ? undefined : JSON.stringify(body), 'application/json');
  return {
    ask,
    async importNumbers(csv) {
      const { id } = await send<{ id: string }>('POST', '/v1/imports', csv, 'text/csv');
      for (;;) {
        const found = await ask<{ state: string; created: number; rejected: number }>('GET', `/v1/imports/${id}`);
        if (found.state === 'done') return found;
        await new Promise((resolve) => { setTimeout(resolve, LOOK_MS); });
      }
    },
    async calls() {
      const all: ShownCall[] = [];
      for (let cursor = ''; ; ) {
        const page = await ask<{ items: ShownCall[]; next?: string }>('GET', `/v1/calls?limit=${PAGE}${cursor}`);
        all.push(...page.items);
        if (page.next === undefined) return all;
        cursor = `&cursor=${encodeURIComponent(page.next)}`;
      }
    },
  };
}
