// Whether a path leads where its owner means: nobody else on this machine could have put anything on the way.
//
// What is trusted: the user who runs this, and the system (who owns `/`; in a container that need not be 0). A
// folder on the way is theirs, and either nobody else may write to it, or it is sticky, as /tmp is, and what
// stands in it is theirs. A link on the way is theirs too, and is followed. A folder that a group may write to is
// taken for the user's own where the group is their own, as many systems make it (umask 002).
//
// Where users have no number (Windows) nothing is judged: what guards a path there are its access lists.
import { lstatSync, readlinkSync } from 'node:fs';
import type { Stats } from 'node:fs';
import { dirname, isAbsolute, join, parse, resolve, sep } from 'node:path';

/** What a path leads to. `fault` says what is wrong with the first entry (`at`) which somebody else may have put there. */
export type Way =
  | { readonly kind: 'there'; readonly path: string; readonly stats: Stats }
  | { readonly kind: 'missing' }
  | { readonly kind: 'fault'; readonly fault: WayFault; readonly at: string };

export type WayFault = 'others_may_write' | 'cannot_be_looked_at' | 'belongs_to_another' | 'leads_nowhere';

/** Links that are followed at most, as the system does it. */
const maxLinks = 40;

/** Follows a path from the root, looking at every folder and link. What cannot be read is a fault. */
export function followWay(target: string): Way {
  const names = resolve(target).split(sep).filter(Boolean);
  let at = parse(resolve(target)).root;
  const root = lstatSync(at);
  let stats = root;
  for (let links = 0; ;) {
    const name = names.shift();
    if (name === undefined) return { kind: 'there', path: at, stats };
    if (name === '.' || name === '') continue;
    if (name === '..') {
      at = dirname(at);
      stats = lstatSync(at);
      continue;
    }
    const open = othersMayWrite(stats, root);
    if (open && (stats.mode & 0o1000) === 0) return fault('others_may_write', at);
    const entry = join(at, name);
    let found: Stats | undefined;
    try {
      found = lstatSync(entry, { throwIfNoEntry: false });
    } catch (error) {
      // Below a file there is nothing.
      if ((error as NodeJS.ErrnoException).code === 'ENOTDIR') return { kind: 'missing' };
      return fault('cannot_be_looked_at', entry);
    }
    if (found === undefined) return { kind: 'missing' };
    const passed = found.isDirectory() || found.isSymbolicLink();
    if ((open || passed) && !isTrusted(found, root)) return fault('belongs_to_another', entry);
    if (!found.isSymbolicLink()) {
      [at, stats] = [entry, found];
      continue;
    }
    if (++links > maxLinks) return fault('leads_nowhere', entry);
    const leads = readlinkSync(entry);
    names.unshift(...leads.split(sep));
    if (isAbsolute(leads)) [at, stats] = [parse(leads).root, root];
  }
}

/** Whether users have numbers here, so that there is anything to judge. */
export function hasOwners(): boolean {
  return process.getuid !== undefined;
}

/** Whether an entry belongs to the user who runs this, or to the system. */
export function isTrusted(stats: Stats, root: Stats = lstatSync('/')): boolean {
  return stats.uid === process.getuid?.() || stats.uid === root.uid;
}

function othersMayWrite({ mode, gid }: Stats, root: Stats): boolean {
  if (process.getuid === undefined) return false;
  const foreignGroup = gid !== process.getgid?.() && gid !== root.gid;
  return (mode & 0o002) !== 0 || ((mode & 0o020) !== 0 && foreignGroup);
}

function fault(what: WayFault, at: string): Way {
  return { kind: 'fault', fault: what, at };
}
