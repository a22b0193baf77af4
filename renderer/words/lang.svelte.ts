// The language of the window: its words, and how it writes numbers, dates and durations.
//
// Invariants: formatters are made once per language; whatever is written here is read again when it changes.
import type { LocalizedText } from '../../main/api/common.ts';
import type { Preferences } from '../../main/api/preferences.ts';
import type { Problem } from '../../main/api/problem.ts';
import type { Texts } from '../../main/api/window.ts';
import { describeProblem } from '../../main/messages/format.ts';
import { de } from './de.ts';
import { en } from './en.ts';
import type { Words } from './en.ts';

type Language = 'en' | 'de';

class Lang {
  /** What was set; `system` follows the browser's or the system's language. */
  setting: Preferences['language'] = $state('system');
  /** Sentences of the host, in this language; null until they were asked for. */
  texts: Texts | null = $state.raw(null);
  readonly language: Language = $derived(this.setting === 'system' ? systemLanguage() : this.setting);
  readonly words: Words = $derived(this.language === 'de' ? de : en);
  readonly #locale = $derived(localeOf(this.language));
  readonly #unit = $derived({
    second: unit(this.language, 'second'),
    minute: unit(this.language, 'minute'),
    hour: unit(this.language, 'hour'),
    day: unit(this.language, 'day'),
  });
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
  readonly #number = $derived(new Intl.NumberFormat(this.#locale));
  readonly #ago = $derived(new Intl.RelativeTimeFormat(this.#locale, { numeric: 'auto', style: 'short' }));
  readonly #list = $derived(new Intl.ListFormat(this.#locale, { type: 'conjunction' }));

  /** Writes a duration in seconds by its largest unit: `43 min`. */
  span(seconds: number): string {
    const whole = Math.max(0, Math.round(seconds));
    if (whole < 100) return this.#unit.second.format(whole);
    if (whole < 5_400) return this.#unit.minute.format(Math.round(whole / 60));
    if (whole < 172_800) return this.#unit.hour.format(Math.round(whole / 3_600));
    return this.#unit.day.format(Math.round(whole / 86_400));
  }

  /** Writes a time of day, with the day when it is not today's; Unix seconds. */
  at(time: number, now: number): string {
    const date = new Date(time * 1000);
    const today = new Date(now * 1000).toDateString() === date.toDateString();
    return (today ? this.#time : this.#day).format(date);
  }

  /** Writes the time of day alone: `09:00`, or `9 AM` where it is a full hour. */
  hour(time: number): string {
    return (time % 3600 === 0 ? this.#fullHour : this.#time).format(new Date(time * 1000));
  }

  /** Writes how long ago: `2 min ago`. */
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

  /** A profile's text in this language; in English, or as it stands, where the profile has it in no other. */
  text(said: LocalizedText): string {
    return typeof said === 'string' ? said : (said[this.language] ?? said.en);
  }

  /** A sentence of the host's in this language; null where it has none. */
  sentence(text: string): string | null {
    const { host, sentences } = this.words;
    const status = /^The vendor answered with HTTP (\d{3})/.exec(text)?.[1];
    if (status !== undefined) return (Number(status) < 500 ? host.vendorSaid : host.vendorDown)(status);
    return sentences[text] ?? null;
  }

  /** What is wrong with a field, in a sentence that begins with its label. */
  fault(label: string, fault: string): string {
    const choices = /^must be one of: (.*)$/.exec(fault)?.[1];
    if (this.language === 'de' && choices !== undefined) return `${label} muss eines davon sein: ${choices}.`;
    return `${label} ${this.words.sentences[fault] ?? fault}.`;
  }

  /** A problem's sentence and what to do, by its code where this language has them; never a command to type. */
  problem(problem: Problem): { readonly detail: string; readonly hint: string | null } {
    const own = this.words.problems[problem.code];
    if (problem.reason !== 'text' && this.texts !== null) return describeProblem(this.texts, problem);
    const { text = problem.code, hint = '' } = problem.params as { text?: string; hint?: string };
    if (problem.origins !== undefined) return { detail: text, hint: null };
    if (own !== undefined) return own;
    const { code, error } = problem;
    const detail = code === 'sign_in_needed' && error !== undefined ? this.words.signInNeeded : text;
    const commands = /`|--\w|keyfob /.test(hint);
    return {
      detail: this.sentence(detail) ?? detail,
      hint: commands ? (this.words.hints[code] ?? null) : hint === '' ? null : hint,
    };
  }
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

/** The language alone: British English would write `43 mins`. */
function unit(locale: string, name: string): Intl.NumberFormat {
  return new Intl.NumberFormat(locale, { style: 'unit', unit: name, unitDisplay: 'short' });
}

export const lang = new Lang();
