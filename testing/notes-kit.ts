// Notifications in memory, for tests of what a person is told.
import { createNotes } from '../main/desktop/notes.ts';
import type { Note, Notes } from '../main/desktop/notes.ts';

export interface NotesKit {
  readonly notes: Notes;
  /** What stands, oldest first. */
  readonly visible: Note[];
  /** How many were shown in all. */
  shown(): number;
  titles(): string[];
}

export function notesKit(
  wanted: () => boolean = () => true,
  language: () => 'en' | 'de' = () => 'en',
): NotesKit {
  const visible: Note[] = [];
  let shown = 0;
  const notes = createNotes(
    {
      show(note) {
        shown += 1;
        visible.push(note);
        return {
          close() {
            visible.splice(visible.indexOf(note), 1);
          },
        };
      },
    },
    { wanted, language },
  );
  return { notes, visible, shown: () => shown, titles: () => visible.map(({ title }) => title) };
}
