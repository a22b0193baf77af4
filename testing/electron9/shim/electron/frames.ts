// Electron 12's WebFrameMain, as far as messages and navigations are judged by it: where a frame stands (`url`,
// `origin`), kept from `did-frame-navigate` and `did-navigate-in-page`.
import type { LegacyContents } from './legacy.ts';

/** A frame as it is now. */
export interface Frame {
  readonly routingId: number;
  readonly processId: number;
  readonly url: string;
  readonly origin: string;
  readonly parent: Frame | null;
  readonly top: Frame;
  readonly detached: boolean;
  isDestroyed(): boolean;
}

/** The origin as Chromium has it: for an own standard scheme too, where Node says "null". */
function originOf(url: string): string {
  try {
    const { protocol, host } = new URL(url);
    return host === '' ? 'null' : `${protocol}//${host}`;
  } catch {
    return 'null';
  }
}

/** The frames of one page. */
export class Frames {
  readonly #contents: LegacyContents;
  readonly #urls = new Map<number, string>();
  #main: { routingId: number; processId: number } | null = null;

  constructor(contents: LegacyContents) {
    this.#contents = contents;
    contents.on(
      'did-frame-navigate',
      (_event, url: string, _code, _text, isMain: boolean, processId: number, routingId: number) => {
        if (isMain) {
          this.#urls.clear();
          this.#main = { routingId, processId };
        }
        this.#urls.set(routingId, url);
      },
    );
    contents.on(
      'did-navigate-in-page',
      (_event, url: string, _isMain: boolean, _processId: number, routingId: number) => {
        this.#urls.set(routingId, url);
      },
    );
  }

  /** The main frame; before its first page too. */
  main(): Frame {
    const contents = this.#contents;
    const frames = this.#urls;
    const { routingId, processId } = this.#main ?? { routingId: -1, processId: contents.getProcessId() };
    const frame: Frame = {
      routingId,
      processId,
      get url() {
        return frames.get(routingId) ?? '';
      },
      get origin() {
        return originOf(this.url);
      },
      parent: null,
      get top() {
        return frame;
      },
      detached: false,
      isDestroyed: () => contents.isDestroyed(),
    };
    return frame;
  }

  /** The frame of a number; null when no page of it has been seen. */
  find(routingId: number): Frame | null {
    const main = this.main();
    if (routingId === main.routingId) return main;
    const frames = this.#urls;
    if (!frames.has(routingId)) return null;
    return {
      routingId,
      processId: main.processId,
      get url() {
        return frames.get(routingId) ?? '';
      },
      get origin() {
        return originOf(this.url);
      },
      parent: main,
      top: main,
      detached: false,
      isDestroyed: () => !frames.has(routingId),
    };
  }
}
