// The language of the window: its texts, and how it writes numbers, dates and durations.
//
// Invariants: formatters are made once per language; whatever is written here is read again when it changes. The texts
// of one language are loaded, those of another when it is chosen; language and texts change together.
import type { LocalizedText } from '../../main/api/common.ts';
import type { Preferences } from '../../main/api/preferences.ts';
import type { Problem } from '../../main/api/problem.ts';
import type { Message } from '../../main/api/problems/index.ts';
import type { Texts } from '../../main/api/window.ts';
import { describeProblem, sentenceOf, type Described } from '../../main/messages/format.ts';
import { units } from '../../main/messages/time-left.ts';
import type { Translation } from './en/index.ts';

type Language = 'en' | 'de';

const translations: Readonly<Record<Language, () => Promise<Translation>>> = {
  en: async () => (await import('./en/index.ts')).en,
  de: async () => (await import('./de/index.ts')).de,
};

class Lang {
  /** Sentences of the host, in this language; null until they were asked for. */
  hostTexts: Texts | null = $state.raw(null);
  #language: Language = $state('en');
  #texts: Translation;
  /** The language that was chosen last, whose texts may be under way. */
  #chosen: Language;
  readonly #locale = $derived(localeOf(this.language));
  /** Noon is not written with a 0 before it where days have twice twelve hours. */
  readonly #twelve = $derived(hasTwelve(this.#locale));
  readonly #hour = $derived(this.#twelve ? ('numeric' as const) : ('2-digit' as const));
  readonly #time = $derived(new Intl.DateTimeFormat(this.#locale, { hour: this.#hour, minute: '2-digit' }));
  readonly #fullHour = $derived(
    this.#twelve ? new Intl.DateTimeFormat(this.#locale, { hour: 'numeric' }) : this.#time,
  );
  readonly #day = $derived(
    new Intl.DateTimeFormat(this.#locale, {
      day: 'numeric',
      month: 'short',
      hour: this.#hour,
      minute: '2-digit',
    }),
  );
  readonly #dayAlone = $derived(new Intl.DateTimeFormat(this.#locale, { day: 'numeric', month: 'short' }));
  readonly #weekday = $derived(
    new Intl.DateTimeFormat(this.#locale, { weekday: 'short', day: 'numeric', month: 'short' }),
  );
  readonly #month = $derived(new Intl.DateTimeFormat(this.#locale, { month: 'long', year: 'numeric' }));
  readonly #date = $derived(new Intl.DateTimeFormat(this.#locale, { dateStyle: 'medium' }));
  readonly #moment = $derived(
    new Intl.DateTimeFormat(this.#locale, { dateStyle: 'medium', timeStyle: 'medium' }),
  );
  readonly #number = $derived(new Intl.NumberFormat(this.#locale));
  readonly #ago = $derived(new Intl.RelativeTimeFormat(this.#locale, { numeric: 'auto', style: 'long' }));
  readonly #list = $derived(new Intl.ListFormat(this.#locale, { type: 'conjunction' }));

  constructor(language: Language, texts: Translation) {
    this.#language = language;
    this.#chosen = language;
    this.#texts = $state.raw(texts);
  }

  get language(): Language {
    return this.#language;
  }

  get texts(): Translation {
    return this.#texts;
  }

  /**
   * Has the window speak a language, once its texts are here; `system` follows the browser's or the system's. Rejects
   * when they cannot be had.
   */
  async choose(setting: Preferences['language']): Promise<void> {
    const language = setting === 'system' ? systemLanguage() : setting;
    this.#chosen = language;
    if (language === this.#language) return;
    const texts = await translations[language]();
    // Another one may have been chosen meanwhile.
    if (this.#chosen !== language) return;
    this.#language = language;
    this.#texts = texts;
  }

  /** Writes a duration in seconds by its largest unit: `43 min`. */
  span(seconds: number): string {
    const whole = Math.max(0, Math.round(seconds));
    const { s, min, h, d } = units[this.language];
    if (whole < 100) return `${whole} ${s}`;
    if (whole < 5_400) return `${Math.round(whole / 60)} ${min}`;
    if (whole < 172_800) return `${Math.round(whole / 3_600)} ${h}`;
    return `${Math.round(whole / 86_400)} ${d}`;
  }

  /** Writes a time of day, with the day when it is not today's; Unix seconds. */
  at(time: number, now: number): string {
    return (isToday(time, now) ? this.#time : this.#day).format(time * 1000);
  }

  /** Writes the same as a part of a sentence: `at 16:18`, `on 30 Nov at 09:43`. */
  on(time: number, now: number): string {
    const { today, otherDay } = lang.texts.common.at;
    const hour = this.#time.format(time * 1000);
    return isToday(time, now) ? today(hour) : otherDay(this.#dayAlone.format(time * 1000), hour);
  }

  /** Writes the date alone. */
  day(time: number): string {
    return this.#date.format(new Date(time * 1000));
  }

  /** Writes a day or a month (`2026-11-29`, `2026-11`); `today` is a time of today's in Unix seconds. */
  dayOrMonth(written: string, today: number): string {
    const isMonth = written.length === 'YYYY-MM'.length;
    const date = new Date(isMonth ? `${written}-01T00:00` : `${written}T00:00`);
    if (isMonth) return this.#month.format(date);
    const days = Math.round((date.getTime() / 1000 - today) / 86_400);
    if (days < -1) return this.#weekday.format(date);
    const name = this.#ago.format(days, 'day');
    return name.charAt(0).toLocaleUpperCase(this.#locale) + name.slice(1);
  }

  /** Writes date and time to the second. */
  moment(time: number): string {
    return this.#moment.format(new Date(time * 1000));
  }

  /** Writes the time of day alone: `09:00`, or `9 AM` where it is a full hour. */
  hour(time: number): string {
    return (time % 3600 === 0 ? this.#fullHour : this.#time).format(new Date(time * 1000));
  }

  /** Writes how long ago: `2 minutes ago`. */
  ago(time: number, now: number): string {
    const seconds = Math.min(0, Math.round(time - now));
    if (seconds > -60) return this.#ago.format(0, 'second');
    if (seconds > -3_600) return this.#ago.format(Math.round(seconds / 60), 'minute');
    if (seconds > -86_400) return this.#ago.format(Math.round(seconds / 3_600), 'hour');
    return this.#ago.format(Math.round(seconds / 86_400), 'day');
  }

  number(value: number): string {
    return this.#number.format(value);
  }

  list(items: readonly string[]): string {
    return this.#list.format(items);
  }

  /** A profile's text in this language; in English, or as it is, where the profile has it in no other. */
  text(text: LocalizedText): string {
    return typeof text === 'string' ? text : (text[this.language] ?? text.en);
  }

  /** A note of the host's as a sentence. */
  sentence(note: Message): string {
    return this.hostTexts === null ? note.reason : sentenceOf(this.hostTexts, note);
  }

  /** What is wrong with a value, in a sentence that begins with its label. */
  fault(label: string, fault: Message): string {
    const sentence = `${label} ${this.sentence(fault)}`;
    return sentence.endsWith('?') ? sentence : `${sentence}.`;
  }

  /**
   * A problem's sentence and what to do, `age` seconds after it was told: what it counts down goes on. Before the host
   * has answered there is one problem alone: it does not.
   */
  problem(problem: Problem, age = 0): Described {
    if (this.hostTexts !== null) return describeProblem(this.hostTexts, aged(problem, age));
    const { lost, goneText } = this.texts.frame;
    return { detail: lost, hint: goneText };
  }

  /** The vendor's `error` and `error_description` in one line; null when it gave none. */
  vendorText({ error, error_description: description }: Problem): string | null {
    if (error === undefined) return null;
    return description === undefined ? error : `${error}, “${description}”`;
  }
}

function aged(problem: Problem, age: number): Problem {
  const { seconds } = problem.params;
  if (typeof seconds !== 'number') return problem;
  return { ...problem, params: { ...problem.params, seconds: Math.max(0, seconds - age) } };
}

function isToday(time: number, now: number): boolean {
  return new Date(time * 1000).toDateString() === new Date(now * 1000).toDateString();
}

function hasTwelve(locale: string): boolean {
  return new Intl.DateTimeFormat(locale, { hour: 'numeric' }).resolvedOptions().hour12 === true;
}

function systemLanguage(): Language {
  const wanted = navigator.languages.map((one) => one.slice(0, 2));
  return wanted.find((one): one is Language => one === 'en' || one === 'de') ?? 'en';
}

/** The person's own variant of the language (`en-GB`) where they named one. */
function localeOf(language: Language): string {
  return navigator.languages.find((one) => one.startsWith(language)) ?? language;
}

const first = systemLanguage();
export const lang = new Lang(first, await translations[first]());
