/** What every command gets: its surroundings, a client, and how results are put out. */
import type { Command } from 'commander';
import { createClient, type Client } from './client.ts';
import { usageFault, type Exit } from './exits.ts';
import { complain, say, type Io } from './io.ts';

export interface Globals {
  url?: string;
  key?: string;
  json?: boolean;
}

export interface Context {
  io: Io;
  client: Client;
  /** Whether machines read the output: then it is the API's JSON and nothing else. */
  json: boolean;
}

/** Where a command leaves how it ended, for whoever ran it. */
export interface Ending {
  exit: Exit;
}

export type Task<Args extends unknown[]> = (context: Context, ...args: Args) => Promise<Exit | void>;

export interface Shell {
  io: Io;
  ending: Ending;
}

/** An action for commander: opens the client, runs the task, and closes it again. */
export function action<Args extends unknown[]>({ io, ending }: Shell, task: Task<Args>): (this: Command, ...args: unknown[]) => Promise<void> {
  return async function run(this: Command, ...given: unknown[]) {
    const { url = io.settings.url, key = io.settings.key, json = false } = this.optsWithGlobals<Globals>();
    const client = createClient({ url, key });
    try {
      // The last argument is the command itself.
      ending.exit = (await task({ io, client, json }, ...(given.slice(0, -1) as Args))) ?? 0;
    } finally {
      await client.close();
    }
  };
}

/** The API's JSON as it came. */
export function emit({ io }: Pick<Context, 'io'>, text: string): void {
  io.output.write(text.endsWith('\n') ? text : `${text}\n`);
}

/** The API's JSON as it came, or lines for people. */
export function show(context: Context, text: string, lines: () => readonly string[]): void {
  if (context.json) emit(context, text);
  else say(context.io, ...lines());
}

/** A part of an address. */
export function part(id: string): string {
  if (id === '') throw usageFault('An id must not be empty');
  // A browser's idea of "this folder" and "the one above" holds for whatever makes an address.
  if (id === '.' || id === '..') throw usageFault(`${id} is not an id`);
  return encodeURIComponent(id);
}

/** For commander: a whole number of at least 1. */
export function positiveInteger(text: string): number {
  if (!/^[1-9]\d{0,6}$/.test(text)) throw usageFault(`${text} is not a whole number of at least 1`);
  return Number(text);
}

export interface Page<T> {
  items: T[];
  next?: string;
}

const PAGE_MAX = 1000;

/** Up to `limit` items of a list, over as many pages as that takes: a filter may leave few on each, so later ones are long. */
export async function* listed<T>(client: Client, path: string, query: Readonly<Record<string, string | number | undefined>>, limit = Number.POSITIVE_INFINITY, pageMax = PAGE_MAX): AsyncGenerator<T> {
  let cursor: string | undefined;
  let given = 0;
  do {
    const { body } = await client.ask<Page<T>>('GET', path, { query: { ...query, cursor, limit: cursor === undefined ? Math.min(limit, pageMax) : pageMax } });
    for (const item of body.items) {
      yield item;
      given += 1;
      if (given >= limit) return;
    }
    cursor = body.next;
  } while (cursor !== undefined);
}

export interface Listing<T> {
  path: string;
  query?: Readonly<Record<string, string | number | undefined>>;
  /** Default all there are. */
  limit?: number;
  /** Items that the API gives in one page at most; default 1000. */
  pageMax?: number;
  /** For people. */
  lines(items: T[]): readonly string[];
}

/** A list: one page of the API's JSON for machines; for people up to `limit` items, whatever the pages are like. */
export async function showList<T>({ client, io, json }: Context, { path, query = {}, limit = Number.POSITIVE_INFINITY, pageMax = PAGE_MAX, lines }: Listing<T>): Promise<void> {
  if (json) {
    const { text } = await client.ask('GET', path, { query: { ...query, limit: Math.min(limit, pageMax) } });
    return emit({ io }, text);
  }
  const items: T[] = [];
  for await (const item of listed<T>(client, path, query, limit + 1, pageMax)) items.push(item);
  const more = items.length > limit;
  say(io, ...lines(more ? items.slice(0, limit) : items));
  if (more) complain(io, `There are more than these ${limit}; see --limit.`);
}
