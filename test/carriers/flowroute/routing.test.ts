/** What Flowroute's fields express, and what they do not. */
import { describe, expect, it } from 'vitest';
import { flowrouteRouting } from '../../../src/carriers/flowroute/routing.ts';
import type { Target } from '../../../src/carriers/routing.ts';

const phone: Target = { kind: 'phone', number: '+12065559876' };
const original = { primary_route: '98396=host:pbx.example.net', failover_route: '' };

describe('targets', () => {
  it.each<[Target, string | undefined]>([
    [phone, 'number:12065559876'],
    [{ kind: 'phone', number: '+442079460123' }, undefined],
    [{ kind: 'sip', uri: 'sip:desk@backup.example.net' }, 'uri:sip:desk@backup.example.net'],
    [{ kind: 'sip', uri: 'sips:desk@backup.example.net:5061' }, 'uri:sips:desk@backup.example.net:5061'],
    [{ kind: 'sip', uri: 'sip:desk@backup.example.net:5060;transport=tcp' }, 'uri:sip:desk@backup.example.net:5060;transport=tcp'],
    [{ kind: 'sip', uri: 'sip:desk@backup.example.net;transport=tls' }, undefined],
    [{ kind: 'sip', uri: 'sip:desk@backup.example.net?X-A=1' }, undefined],
    [{ kind: 'sip', uri: 'sip:backup.example.net:5080' }, 'host:backup.example.net:5080'],
    [{ kind: 'sip', uri: 'sips:backup.example.net' }, undefined],
    [{ kind: 'web', url: 'https://backup.example.net/' }, undefined],
  ])('%o', (target, field) => {
    expect(flowrouteRouting.takes?.(target)).toBe(field !== undefined);
    expect(flowrouteRouting.divertedTo('number', original, [target])).toEqual(field === undefined ? {} : { primary_route: field });
    expect(flowrouteRouting.armed('number', original, target)).toEqual({ failover_route: field ?? '' });
  });

  it('two are tried in order', () => {
    expect(flowrouteRouting.divertedTo('number', original, [phone, { kind: 'sip', uri: 'sip:desk@backup.example.net' }])).toEqual({ primary_route: 'number:12065559876', failover_route: 'uri:sip:desk@backup.example.net' });
  });
});

it('a number has its routes to itself, and none is its safety net when there is none', () => {
  expect(flowrouteRouting.groupOf(original)).toBeUndefined();
  expect(flowrouteRouting.armed('number', original, undefined)).toEqual({ failover_route: '' });
});

it('writes one route at a time, and nothing that is so already', () => {
  const both = { primary_route: 'number:12065559876', failover_route: 'number:12065559876' };
  expect(flowrouteRouting.writes(original, both)).toEqual([{ primary_route: both.primary_route }, { failover_route: both.failover_route }]);
  expect(flowrouteRouting.writes(both, { ...original, failover_route: both.failover_route })).toEqual([{ primary_route: original.primary_route }]);
  expect(flowrouteRouting.writes(both, both)).toEqual([]);
});
