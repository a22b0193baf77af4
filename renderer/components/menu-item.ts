// An entry of a menu.
import type { IconName } from './icons.ts';

export interface Item {
  readonly label: string;
  readonly run: () => void;
  readonly icon?: IconName;
  readonly danger?: boolean;
  /** It begins a group: a line stands above it. */
  readonly begins?: boolean;
  /** Keys that do the same. */
  readonly keys?: string;
}
