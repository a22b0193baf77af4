// Writes a problem or a note as sentences. Pure; the texts are given, so that the window can write its own.
//
// Invariants: what a sentence names comes from outside, and is made fit to be shown, whoever shows it; a number whose
// name ends in `_at` is Unix seconds, and is written as its day.
import { shownText } from '../api/shown-text.ts';
import type { Problem } from '../api/problem.ts';
import type { Message, Param, Params } from '../api/problems/index.ts';
import type { LocalizedText } from '../api/common.ts';
import type { Texts } from '../api/window.ts';
import { dayText } from './day.ts';

export interface Described {
  /** One sentence: what is wrong. */
  readonly detail: string;
  /** What to do; null where there is nothing. */
  readonly hint: string | null;
}

/** A note in sentences: what it says, and what to do. */
export function sentenceOf(texts: Texts, note: Message): string {
  return [detailOf(texts, note), actionOf(texts, note)].filter((one) => one !== '').join(' ');
}

/** What is to be told; its reason where this version does not know it. */
function detailOf(texts: Texts, { reason, params }: Message): string {
  const text = textOf(texts, reason);
  return text === null ? shownText(reason) : fill(texts, text.text, params);
}

function actionOf(texts: Texts, { action }: Message): string {
  // One of a newer Keyfob has no words here.
  return action !== undefined && Object.hasOwn(texts.actions, action.type)
    ? fill(texts, texts.actions[action.type] ?? '', action.params)
    : '';
}

/** What is wrong, and what to do: the reason's advice, the profile's, then the action's own words. */
export function describeProblem(texts: Texts, problem: Problem): Described {
  const text = textOf(texts, problem.reason);
  const hints = [
    problem.advice === undefined
      ? fill(texts, text?.advice ?? '', problem.params)
      : localized(texts, problem.advice),
    actionOf(texts, problem),
  ].filter((one) => one !== '');
  return {
    detail: detailOf(texts, problem),
    hint: hints.length === 0 ? null : hints.join(' '),
  };
}

function textOf(
  { messages }: Texts,
  reason: string,
): { readonly text: string; readonly advice: string } | null {
  const text = Object.hasOwn(messages, reason) ? messages[reason] : undefined;
  if (text === undefined) return null;
  return typeof text === 'string' ? { text, advice: '' } : text;
}

function localized({ language }: Texts, text: LocalizedText): string {
  return shownText(typeof text === 'string' ? text : (text[language] ?? text.en), longest);
}

/** Characters of what a sentence names: an origin, a list of names, a vendor's words. */
const longest = 10_000;

const placeholder = /\{( ?)(\w+)(,?)\}([.,;)]?)/g;

function fill(texts: Texts, template: string, params: Params): string {
  return template.replace(placeholder, (whole, blank: string, name: string, comma: string, after: string) => {
    const value = Object.hasOwn(params, name) ? params[name] : undefined;
    if (value === undefined) return whole;
    // With a blank inside the braces: nothing at all where the value is empty.
    if (value === '') return after;
    const isTime = typeof value === 'number' && name.endsWith('_at');
    const text = blank + (isTime ? dayText(value, texts.language) : shown(texts, value, comma));
    // A sentence within a sentence ends once.
    if (after === '') return text;
    return text.endsWith('?') && after === '.' ? text : text.replace(/\.$/, '') + after;
  });
}

/** Of a list, sentences are parted by semicolons, but by commas where a comma stands inside the braces. */
function shown(texts: Texts, value: Param, comma: string): string {
  if (typeof value === 'number') return String(value);
  if (typeof value === 'string' || 'en' in value) return localized(texts, value);
  if ('reason' in value) return sentenceOf(texts, value);
  const items = value.map((one) =>
    typeof one === 'string' ? shownText(one, longest) : sentenceOf(texts, one),
  );
  return items.join(comma !== '' || value.every((one) => typeof one === 'string') ? ', ' : '; ');
}
