// The window's side of the contract: a function of its transport, the same for IPC and HTTP.
import type { Answer, CallName, News, Reply, Request } from '../main/api/window.ts';
import type { Problem } from '../main/api/problem.ts';
import type { Transport } from './contract.ts';

/** A call that the host refused or could not do; `problem` says what and what to do. */
export class CallError extends Error {
  override readonly name = 'CallError';
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(problem.code);
    this.problem = problem;
  }
}

export interface Api {
  /** Makes a call. Rejects with a CallError alone. */
  call<Name extends CallName>(name: Name, request: Request<Name>): Promise<Answer<Name>>;
  /** Hears what the host tells; the answer ends it. */
  onNews(hear: (news: News) => void): () => void;
}

/** Makes the window's API over a transport. */
export function createApi(transport: Transport): Api {
  return {
    async call<Name extends CallName>(name: Name, request: Request<Name>): Promise<Answer<Name>> {
      const reply = await reach<Name>(transport, name, request);
      if (reply.ok) return reply.value;
      throw new CallError(reply.problem);
    },
    onNews: (hear) => transport.listen(hear),
  };
}

async function reach<Name extends CallName>(
  transport: Transport,
  name: Name,
  request: Request<Name>,
): Promise<Reply<Name>> {
  try {
    const reply = await transport.call(name, request);
    if (isReply<Name>(reply)) return reply;
  } catch {
    // Whatever the way was, the host did not answer.
  }
  return {
    ok: false,
    problem: {
      code: 'not_running',
      reason: 'no_answer',
      params: {},
    },
  };
}

// The host's own judgement stands behind it: a reply of this shape to this call is of its answer's type.
function isReply<Name extends CallName>(reply: unknown): reply is Reply<Name> {
  return (
    typeof reply === 'object' &&
    reply !== null &&
    'ok' in reply &&
    ((reply.ok === true && 'value' in reply) || (reply.ok === false && 'problem' in reply))
  );
}
