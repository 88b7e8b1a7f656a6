/**
 * The bodies that are coming in: each has a time in which it must be complete, and those that are held for webhooks have a
 * bound together. Who is too slow is cut off; when all is taken, the slowest makes room.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Metrics } from '../operations/metrics.ts';

export interface Coming {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** The turn of the watch at which it must be complete. */
  readonly until: number;
  /** Held of it in memory, bytes. */
  held: number;
}

export interface BodyWatch {
  begin(request: IncomingMessage, response: ServerResponse, ms: number): Coming;
  /** So many bytes more of it are held. */
  hold(coming: Coming, bytes: number): void;
  end(coming: Coming): void;
  /** To be called every `everyMs`: cuts off who is too slow. */
  turn(): void;
  readonly heldBytes: number;
}

/** Bodies of webhooks have some 2 kB and come in one piece: so much is held only for who means it ill. */
const MOST_HELD_BYTES = 67_108_864;

/** Nobody may be able to read it any more, so nothing waits for that. */
function cutOff({ request: { socket }, response }: Coming): void {
  if (!response.headersSent && socket.writable) socket.write('HTTP/1.1 408 Request Timeout\r\nconnection: close\r\ncontent-length: 0\r\n\r\n');
  socket.destroy();
}

export function createBodyWatch({ everyMs, metrics, mostHeldBytes = MOST_HELD_BYTES }: { everyMs: number; metrics: Pick<Metrics, 'clientsCutOff'>; mostHeldBytes?: number }): BodyWatch {
  /** The oldest first. */
  const all = new Set<Coming>();
  let turns = 0;
  let heldBytes = 0;

  function forget(coming: Coming): void {
    if (all.delete(coming)) heldBytes -= coming.held;
  }

  return {
    begin(request, response, ms) {
      const coming = { request, response, until: turns + Math.max(1, Math.ceil(ms / everyMs)) + 1, held: 0 };
      all.add(coming);
      return coming;
    },
    hold(coming, bytes) {
      if (!all.has(coming)) return;
      coming.held += bytes;
      heldBytes += bytes;
      if (heldBytes <= mostHeldBytes) return;
      for (const oldest of all) {
        if (oldest === coming || oldest.held === 0) continue;
        forget(oldest);
        metrics.clientsCutOff.inc({ why: 'bodies-full' });
        cutOff(oldest);
        if (heldBytes <= mostHeldBytes) return;
      }
    },
    end: forget,
    turn() {
      turns += 1;
      for (const coming of all) {
        if (coming.request.destroyed) forget(coming);
        else if (turns >= coming.until) {
          forget(coming);
          metrics.clientsCutOff.inc({ why: 'body-slow' });
          cutOff(coming);
        }
      }
    },
    get heldBytes() {
      return heldBytes;
    },
  };
}
