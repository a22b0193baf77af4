// Notifications in memory, for tests of what a person is told.
import { createNotes } from '../main/desktop/notes.ts';
import type { Note, Notes } from '../main/desktop/notes.ts';

export interface NotesKit {
  readonly notes: Notes;
  /** What stands, oldest first. */
  readonly standing: Note[];
  /** How many were shown in all. */
  shown(): number;
  titles(): string[];
}

export function notesKit(wanted: () => boolean = () => true): NotesKit {
  const standing: Note[] = [];
  let shown = 0;
  const notes = createNotes(
    {
      show(note) {
        shown += 1;
        standing.push(note);
        return {
          close() {
            standing.splice(standing.indexOf(note), 1);
          },
        };
      },
    },
    wanted,
  );
  return { notes, standing, shown: () => shown, titles: () => standing.map(({ title }) => title) };
}
