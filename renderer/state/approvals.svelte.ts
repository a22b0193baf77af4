// Answers to programs that ask for a token or a key.
//
// Invariant: after an answer nothing is answered for a while, so that a click that was meant for one question does
// not reach the next, which moves into its place.
import type { ApprovalView } from '../../main/api/clients.ts';
import { lang } from '../i18n/lang.svelte.ts';
import type { Host } from './host.svelte.ts';
import type { Toasts } from './toasts.svelte.ts';

/** Ms before a question can be answered: from when it is seen, and from the answer before it. */
export const approvalPause = 800;

export class Approvals {
  readonly #host: Host;
  readonly #toasts: Toasts;
  /** On the clock of `performance.now`. */
  #answerableFrom = 0;

  constructor(host: Host, toasts: Toasts) {
    this.#host = host;
    this.#toasts = toasts;
  }

  /** `once`: a yes that is not remembered, where the client is asked about once in a session. */
  async answer(
    { id, client }: Pick<ApprovalView, 'id' | 'client'>,
    allow: boolean,
    once = false,
  ): Promise<void> {
    if (performance.now() < this.#answerableFrom) return;
    this.#answerableFrom = performance.now() + approvalPause;
    const done = await this.#host.attempt(`answer ${id}`, null, async () => {
      await this.#host.call('approval.answer', { id, allow, once });
      return true;
    });
    this.#answerableFrom = performance.now() + approvalPause;
    const texts = lang.texts.approval;
    if (done !== null) this.#toasts.success(allow ? texts.allowed(client) : texts.denied(client));
  }
}
