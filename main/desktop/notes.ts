// What the desktop tells a person by notifications, one port for all of them.
//
// Invariants: of each key one note stands at a time; what stands is withdrawn at the end.
import { toProblem } from '../api/errors.ts';
import type { Language } from '../messages/desktop/index.ts';
import { describeProblem, windowTexts } from '../messages/index.ts';

export interface Note {
  readonly title: string;
  readonly body: string;
  /** Buttons, where the system has them. */
  readonly actions?: readonly { readonly label: string; run(): void }[];
  /** Stands until it is answered or withdrawn, as far as the system allows. */
  readonly lasting?: boolean;
  onClick?(): void;
}

/** The system's notifications; see system-notes.ts. */
export interface NotePort {
  show(note: Note): { close(): void };
}

export interface Notes {
  /** The language in which a person is told now. */
  language(): Language;
  /** Puts up a note; one of the same key is replaced. */
  put(key: string, note: Note): void;
  /** Whether a note of a key was put up and not withdrawn. */
  has(key: string): boolean;
  withdraw(key: string): void;
  /** Tells what a click has done, where the person wants to hear such things. */
  done(title: string, body: string): void;
  /** Tells what could not be done; always. */
  failed(title: string, body: string, onClick?: () => void): void;
  /** The same of an error. */
  problem(title: string, error: unknown, onClick?: () => void): void;
  close(): void;
}

export interface NotesOptions {
  /** Whether the person wants more than they must see. */
  wanted(): boolean;
  language(): Language;
}

/** Makes the keeper of notes. */
export function createNotes(port: NotePort, { wanted, language }: NotesOptions): Notes {
  const visible = new Map<string, { close(): void }>();
  const notes: Notes = {
    language,
    put(key, note) {
      notes.withdraw(key);
      visible.set(key, port.show(note));
    },
    has: (key) => visible.has(key),
    withdraw(key) {
      const shown = visible.get(key);
      visible.delete(key);
      shown?.close();
    },
    done(title, body) {
      if (wanted()) notes.put('answer', { title, body });
      else notes.withdraw('answer');
    },
    failed(title, body, onClick) {
      notes.put('answer', { title, body, ...(onClick === undefined ? {} : { onClick }) });
    },
    problem(title, error, onClick) {
      const { detail, hint } = describeProblem(windowTexts[language()], toProblem(error));
      notes.failed(title, hint === null ? detail : `${detail} ${hint}`, onClick);
    },
    close() {
      for (const key of [...visible.keys()]) notes.withdraw(key);
    },
  };
  return notes;
}

/** A text for servers that render markup in bodies (Desktop Notifications Specification, "Markup"). */
export function withoutMarkup(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
