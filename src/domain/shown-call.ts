/** A call as the API and events show it. */
import { Type, type Static } from 'typebox';
import { OUTCOMES, type Call } from './call.ts';
import { iso } from './instant.ts';

const LegSchema = Type.Object({ step: Type.String(), to: Type.String(), end: Type.String(), cause: Type.String(), sip: Type.Optional(Type.Integer()) });

export const CallSchema = Type.Object({
  id: Type.String(),
  carrier: Type.String(),
  ref: Type.String({ description: "The carrier's own id of the call" }),
  number: Type.Optional(Type.String()),
  from: Type.Optional(Type.String()),
  customer: Type.Optional(Type.String()),
  primary: Type.Optional(Type.String()),
  diversion: Type.Optional(Type.String()),
  route: Type.Optional(Type.String()),
  protected: Type.Optional(Type.Boolean()),
  startedAt: Type.String(),
  endedAt: Type.Optional(Type.String()),
  seconds: Type.Optional(Type.Integer()),
  outcome: Type.Enum(OUTCOMES),
  answeredBy: Type.Optional(Type.String({ description: 'Key of the step that answered, `primary` among them' })),
  legs: Type.Array(LegSchema),
  voicemail: Type.Optional(Type.Object({ recording: Type.String(), url: Type.Optional(Type.String()), seconds: Type.Integer() })),
});

export type ShownCall = Static<typeof CallSchema>;

export function shownCall(call: Call): ShownCall {
  const { startedAt, endedAt, by, legs, voicemail, ...rest } = call;
  return {
    ...rest,
    startedAt: iso(startedAt),
    ...(endedAt === undefined ? {} : { endedAt: iso(endedAt) }),
    ...(by === undefined ? {} : { answeredBy: by }),
    legs: legs.map(({ step, to, result }) => ({ step, to, ...result })),
    ...(voicemail === undefined ? {} : { voicemail: { recording: voicemail.ref, seconds: voicemail.seconds, ...(voicemail.url === undefined ? {} : { url: voicemail.url }) } }),
  };
}
