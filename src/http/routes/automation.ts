/** What people say to automation: hold this primary, do or leave what was asked, stop everywhere. */
import { Type } from 'typebox';
import { ACTIONS, type Act } from '../../domain/diagnosis.ts';
import { Failure } from '../../domain/errors.ts';
import { ACTS } from '../../domain/health-record.ts';
import { iso } from '../../domain/instant.ts';
import { INITIAL_STATE, shownState, type PrimaryState } from '../../domain/primary.ts';
import { Id, Instant, Strict, Text } from '../../domain/schema.ts';
import { edit, type Deed } from '../../store/edit.ts';
import type { App } from '../app-type.ts';
import { ProblemSchema } from '../problem.ts';
import { deedOf, OWN_TABLE_MS, type ResourceDeps } from '../resource.ts';

const operator = { role: 'operator', scope: 'provider' } as const;
const params = Type.Object({ id: Id });
const reason = Text(500, 'Why: goes into the audit trail');

const whoSays = ({ at, by, reason: why = '' }: Deed) => ({ by: { key: by.key, role: by.role }, reason: why, at });

const Said = { by: Type.Object({ key: Type.String(), role: Type.String() }), reason: Type.String(), at: Type.String() };
export const HoldShown = Type.Object({ until: Type.Optional(Type.String({ description: 'Ends by itself then' })), ...Said });
export const AskedShown = Type.Object({ action: Type.Enum(ACTS), meaning: Type.String(), since: Type.String() });
const AutomationShown = Type.Object({ stop: Type.Optional(Type.Object(Said, { description: 'Nothing is diverted or restored by itself' })) });

export function shownHold({ until, ...said }: NonNullable<PrimaryState['hold']>) {
  return { ...said, at: iso(said.at), ...(until === undefined ? {} : { until: iso(until) }) };
}

export function shownAsked({ action, since }: { action: Act; since: number }) {
  return { action, meaning: ACTIONS[action], since: iso(since) };
}

export function automationRoutes(app: App, { store, follower, clock }: ResourceDeps): void {
  /** Changes the state of a primary that there is. */
  async function turn(id: string, action: string, deed: Deed, change: (state: PrimaryState) => PrimaryState): Promise<PrimaryState> {
    const { revision, record = INITIAL_STATE } = await edit(store, {
      collection: 'states', id, action, customerOf: () => undefined,
      shown: shownState,
      change: async (current) => {
        if (!(await store.find('primaries', id))) throw new Failure('not_found', 'No such primary');
        return change(current ?? INITIAL_STATE);
      },
      also: (draft) => draft.expect('primaries', id, 'present'),
    }, deed);
    await follower.reached(revision, OWN_TABLE_MS);
    return record;
  }

  app.route({
    method: 'PUT',
    url: '/v1/primaries/:id/hold',
    config: { access: operator },
    schema: { tags: ['Automation'], summary: 'Keep a primary as it is: nothing is diverted or restored by itself. Divert and restore by hand go on', params, body: Strict({ reason, until: Type.Optional(Instant) }), response: { 200: HoldShown, default: ProblemSchema } },
    handler: async (request) => {
      const until = request.body.until === undefined ? undefined : Date.parse(request.body.until);
      const deed = deedOf(request, clock, request.body.reason);
      if (until !== undefined && until <= deed.at) throw new Failure('request_invalid', 'body.until must lie ahead');
      const { hold } = await turn(request.params.id, 'primaries.hold', deed, (state) => ({ ...state, hold: { ...(until === undefined ? {} : { until }), ...whoSays(deed) } }));
      return shownHold(hold!);
    },
  });

  app.route({
    method: 'DELETE',
    url: '/v1/primaries/:id/hold',
    config: { access: operator },
    schema: { tags: ['Automation'], summary: 'Let automation act on a primary again', params, response: { 204: Type.Null(), default: ProblemSchema } },
    handler: async (request, reply) => {
      await turn(request.params.id, 'primaries.release', deedOf(request, clock), ({ hold: _hold, ...state }) => state);
      return reply.code(204).send(null);
    },
  });

  for (const says of ['approve', 'refuse'] as const) {
    app.route({
      method: 'POST',
      url: `/v1/primaries/:id/${says}`,
      config: { access: operator },
      schema: {
        tags: ['Automation'],
        summary: says === 'approve' ? 'Agree to what automation asks to do with a primary: it is done within seconds, unless the evidence is otherwise by then' : 'Refuse what automation asks to do with a primary, until its evidence changes',
        params,
        body: Strict({ reason }),
        response: { 200: AskedShown, default: ProblemSchema },
      },
      handler: async (request) => {
        const deed = deedOf(request, clock, request.body.reason);
        let asked: { action: Act; since: number } | undefined;
        await turn(request.params.id, `primaries.${says}`, deed, (state) => {
          asked = state.health?.pending;
          if (!asked) throw new Failure('nothing_asked');
          return { ...state, answer: { action: asked.action, says, ...whoSays({ ...deed, at: Math.max(deed.at, asked.since) }) } };
        });
        return shownAsked(asked!);
      },
    });
  }

  const shownAutomation = ({ stop }: { stop?: { by: { key: string; role: string }; reason: string; at: number } | undefined }) => (stop ? { stop: { ...stop, at: iso(stop.at) } } : {});

  async function setStop(deed: Deed, stopped: boolean) {
    const { revision, record } = await edit(store, {
      collection: 'automation', id: 'automation', action: stopped ? 'automation.stop' : 'automation.go', customerOf: () => undefined,
      change: () => (stopped ? { stop: whoSays(deed) } : {}),
    }, deed);
    await follower.reached(revision, OWN_TABLE_MS);
    return shownAutomation(record ?? {});
  }

  app.route({
    method: 'GET',
    url: '/v1/automation',
    config: { access: { role: 'viewer', scope: 'provider' } },
    schema: { tags: ['Automation'], summary: 'Whether automation is stopped', response: { 200: AutomationShown, default: ProblemSchema } },
    handler: async () => {
      const found = await store.find('automation', 'automation');
      if (found && 'unreadable' in found) throw new Failure('record_unreadable');
      return shownAutomation(found?.record ?? {});
    },
  });
  app.route({
    method: 'PUT',
    url: '/v1/automation/stop',
    config: { access: operator },
    schema: { tags: ['Automation'], summary: 'Stop automation everywhere: nothing is diverted or restored by itself. Divert and restore by hand go on', body: Strict({ reason }), response: { 200: AutomationShown, default: ProblemSchema } },
    handler: async (request) => setStop(deedOf(request, clock, request.body.reason), true),
  });
  app.route({
    method: 'DELETE',
    url: '/v1/automation/stop',
    config: { access: operator },
    schema: { tags: ['Automation'], summary: 'Let automation act again', response: { 200: AutomationShown, default: ProblemSchema } },
    handler: async (request) => setStop(deedOf(request, clock), false),
  });
}
