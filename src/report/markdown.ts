/** The report of a diversion as a text that people send on: Markdown, readable as it is. Pure. */
import type { DiversionReport } from '../domain/diversion-report.ts';

/** Rows of calls at most: longer diversions are told by longer stretches. */
const ROWS = 48;

/** One line without anything that Markdown or HTML would take for more than words: what people and alerts say is not ours. Masked digits are dots. */
function plain(text: string): string {
  return text.replaceAll(/(?<=\d)\*+(?=\d)/g, '…').replaceAll(/[\p{C}\s]+/gu, ' ').trim().replaceAll(/[\\`*[\]|]/g, '\\$&').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

const time = (instant: string): string => instant.slice(0, 19).replace('T', ' ');

/** `2 h 5 min`, `8 s`. */
export function lasting(seconds: number): string {
  const whole = Math.round(seconds);
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  if (hours > 0) return minutes > 0 ? `${hours} h ${minutes} min` : `${hours} h`;
  if (minutes > 0) return rest > 0 ? `${minutes} min ${rest} s` : `${minutes} min`;
  return `${rest} s`;
}

const counted = (count: number, one: string): string => `${count} ${one}${count === 1 ? '' : 's'}`;

function table(header: readonly string[], rows: readonly (readonly (string | number)[])[]): string[] {
  const line = (cells: readonly (string | number)[]): string => `| ${cells.join(' | ')} |`;
  return [line(header), line(header.map(() => '---')), ...rows.map(line)];
}

function section(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : [`## ${title}`, '', ...lines, ''];
}

/** Of those whose end is known. */
function share(count: number, { calls, underWay }: DiversionReport['calls']): string {
  const known = calls - underWay;
  return known === 0 ? String(count) : `${count} (${Math.round((count / known) * 1000) / 10} %)`;
}

function inShort({ primary, name, isOpen, started, ended, measured, calls, lostCallers, carriers, madeAt }: DiversionReport): string[] {
  const { firstSign, firstSignAt, toDivertSeconds, lastedSeconds, probationAt, restoringSeconds, backSeconds, firstDivertedCallAt } = measured;
  const who = (act: { by: { key: string; role: string } }): string => (act.by.role === 'system' ? 'automation' : plain(act.by.key));
  const answered = calls.primary + calls.backup + calls.voicemail;
  const open = carriers.left.length;
  return [
    `- **What:** the calls of ${plain(primary)}${name === undefined ? '' : ` (${plain(name)})`} were sent to the backup plans.`,
    ...(firstSignAt === undefined ? [] : [`- **First sign:** ${time(firstSignAt)}, ${plain(firstSign ?? '')}.`]),
    `- **Diverted:** ${time(started.at)}, by ${who(started)}${toDivertSeconds === undefined ? '' : `, ${lasting(toDivertSeconds)} after the first sign`}: ${plain(started.reason)}`,
    ...(firstDivertedCallAt === undefined ? [] : [`- **First call sent elsewhere:** ${time(firstDivertedCallAt)}.`]),
    ...(probationAt === undefined ? [] : [`- **First calls given back:** ${time(probationAt)}${restoringSeconds === undefined ? '' : `, all of them ${lasting(restoringSeconds)} later`}.`]),
    isOpen || !ended ? `- **Not over:** it has lasted ${lasting(lastedSeconds)}, as of ${time(madeAt)}.` : `- **Over:** ${time(ended.at)}, by ${who(ended)}, after ${lasting(lastedSeconds)}: ${plain(ended.reason)}`,
    calls.calls === 0 ? '- **Calls:** none is known.' : `- **Calls:** of ${counted(calls.calls, 'call')} ${answered} were answered or left a message, ${calls.missed} met nobody, ${calls.lost} were lost; ${counted(lostCallers.length, 'caller')} to call back.`,
    ...(carriers.numbers === 0 ? [] : [`- **At carriers:** ${counted(carriers.numbers, 'number')}${backSeconds === undefined ? '' : `; the last was as before ${lasting(backSeconds)} after the end`}${open === 0 ? '' : `; **${open} must be looked at**`}.`]),
  ];
}

function callsLines({ calls }: DiversionReport): string[] {
  if (calls.calls === 0) return [];
  const rows: [string, number][] = [
    ['answered by the primary', calls.primary], ['answered by a backup', calls.backup], ['left a message', calls.voicemail], ['met nobody', calls.missed], ['lost: nobody could have answered', calls.lost],
    ['under way', calls.underWay], ['of all: sent to the plan at once', calls.diverted], ['of all: failed at the primary and saved in the same call', calls.savedInCall],
  ];
  return [...(calls.sampled ? [`An even sample of ${calls.sampled.lookedAt} of ${calls.sampled.of} calls.`, ''] : []), ...table(['what', 'calls'], rows.map(([what, count]) => [what, what === 'under way' ? count : share(count, calls)]))];
}

type Slot = DiversionReport['calls']['slots'][number];

/** Stretches as they are, or several as one. */
function merged(slots: readonly Slot[], everyMinutes: number): { slots: Slot[]; minutes: number } {
  const [first, last] = [slots[0], slots.at(-1)];
  if (!first || !last) return { slots: [], minutes: everyMinutes };
  const start = Date.parse(first.at);
  const minutes = everyMinutes * Math.ceil(((Date.parse(last.at) - start) / (everyMinutes * 60_000) + 1) / ROWS);
  const found = new Map<number, Slot>();
  for (const slot of slots) {
    const at = start + Math.floor((Date.parse(slot.at) - start) / (minutes * 60_000)) * minutes * 60_000;
    const sum = found.get(at);
    if (!sum) found.set(at, { ...slot, at: new Date(at).toISOString() });
    else for (const name of Object.keys(sum) as (keyof Slot)[]) if (name !== 'at') sum[name] += slot[name];
  }
  return { slots: [...found.values()], minutes };
}

function carrierLines({ carriers }: DiversionReport): string[] {
  const between = (first: string | undefined, last: string | undefined): string => (first === undefined || last === undefined ? '' : first === last ? time(first) : `${time(first)} to ${time(last)}`);
  return [
    ...(carriers.items.length === 0 ? [] : table(['carrier', 'diverted', 'when', 'as before again', 'when'], carriers.items.map((one) => [plain(one.carrier), one.moved, between(one.firstMovedAt, one.lastMovedAt), one.back, between(one.firstBackAt, one.lastBackAt)]))),
    ...(carriers.left.length === 0 ? [] : ['', 'To be looked at:', '', ...table(['number', 'carrier', 'is', 'why'], carriers.left.map(({ number, carrier, is, why = '' }) => [plain(number), plain(carrier), is, plain(why)]))]),
  ];
}

export function reportMarkdown(report: DiversionReport): string {
  const { primary, customer, diversion, started, timeline, leftOut, calls, lostCallers, backlogs, brakes, told, gaps, madeAt, numbersShown } = report;
  const { slots, minutes } = merged(calls.slots, calls.everyMinutes);
  const lines = [
    `# Diversion of ${plain(primary)}, ${started.at.slice(0, 10)}`,
    '',
    ...(customer === undefined ? [] : [`For ${plain(customer)}: calls, callers and numbers are its alone.`, '']),
    ...section('In short', inShort(report)),
    ...section('What happened', [...table(['time (UTC)', 'what'], timeline.map(({ at, text }) => [time(at), plain(text)])), ...(leftOut > 0 ? ['', `${counted(leftOut, 'more moment')} are left out.`] : [])]),
    ...section('What callers met', callsLines(report)),
    ...section(`Calls by ${minutes} minutes`, slots.length === 0 ? [] : table(['from (UTC)', 'calls', 'by the primary', 'by a backup', 'message', 'nobody', 'lost', 'sent to the plan'], slots.map((slot) => [time(slot.at), slot.calls, slot.primary, slot.backup, slot.voicemail, slot.missed, slot.lost, slot.diverted]))),
    ...section('Callers to call back', lostCallers.length === 0 ? [] : table(['caller', 'calls', 'last (UTC)', 'called'], lostCallers.map(({ from, calls: count, lastAt, numbers }) => [plain(from === '' ? 'withheld' : from), count, time(lastAt), plain(numbers.join(', '))]))),
    ...section('Numbers at carriers', carrierLines(report)),
    ...section('What waits for subscribers', backlogs.length === 0 ? [] : table(['subscriber', 'waiting', 'dead letters', 'since (UTC)'], backlogs.map(({ subscriber, waiting, dead, oldestAt }) => [plain(subscriber), waiting, dead, oldestAt === undefined ? '' : time(oldestAt)]))),
    ...section('What brakes did', brakes.length === 0 ? [] : table(['time (UTC)', 'brake', 'held back', 'because'], brakes.map(({ at, brake, action, because }) => [time(at), plain(brake), plain(action), plain(because)]))),
    ...section('Who was told', told.length === 0 ? [] : table(['time (UTC)', 'receiver', 'of what', 'arrived'], told.map(({ at, receiver, kinds, isRepeat, failure }) => [time(at), plain(receiver), `${kinds.join(', ')}${isRepeat ? ' (again)' : ''}`, failure === undefined ? 'yes' : `no: ${plain(failure)}`]))),
    ...section('What this report cannot know', gaps.map((gap) => `- ${plain(gap)}`)),
    `Diversion ${plain(diversion)}; written ${time(madeAt)} UTC${numbersShown === 'masked' ? '; telephone numbers are masked' : ''}.`,
  ];
  return `${lines.join('\n')}\n`;
}
