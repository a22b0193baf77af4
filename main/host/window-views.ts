// What the window is shown, made of what the host's rooms know.
//
// Invariant: shapes are built field by field, so that nothing the contract does not name goes along.
import process from 'node:process';
import type { Problem } from '../core/errors.ts';
import { toProblem } from '../core/errors.ts';
import type { SignInState } from '../core/keyfob.ts';
import type { ApprovalView as Waiting, AuditLine as Line } from '../endpoint/index.ts';
import type {
  ApprovalView,
  AuditLine,
  HostStatus,
  Overview,
  ProblemView,
  SignInView,
} from '../../preload/contract.ts';
import type { WindowParts } from './window-parts.ts';

/** A problem document as the window shows it. */
export function problemView(problem: Problem): ProblemView {
  return {
    code: problem.code,
    detail: problem.detail,
    hint: problem.hint ?? null,
    error: problem.error ?? null,
    error_description: problem.error_description ?? null,
    ...(problem.origins === undefined ? {} : { origins: problem.origins }),
  };
}

/** What was thrown, for a person; of what is no KeyfobError nothing is said. */
export function thrownView(thrown: unknown): ProblemView {
  return problemView(toProblem(thrown));
}

export function signInView({ problem, ...flow }: SignInState): SignInView {
  return { ...flow, problem: problem === null ? null : problemView(problem) };
}

export function approvalView(waiting: Waiting): ApprovalView {
  const { id, client, asked_by, asked_at, expires_at } = waiting;
  const facts = { id, client, asked_by, asked_at, expires_at };
  return waiting.kind === 'request'
    ? { kind: 'request', ...facts, account: waiting.account, accounts: [waiting.account], code: null }
    : { kind: 'pairing', ...facts, account: null, accounts: waiting.accounts, code: waiting.code };
}

export function auditView(line: Line): AuditLine {
  const { at, client, door, account, provider, route, outcome } = line;
  return { at, client, door, account, provider, route, outcome, program: line.program ?? null };
}

export function statusView({ status, version, abilities, audit }: WindowParts): HostStatus {
  const { host, pid, socket, endpoint, vault, notices } = status();
  const problem = audit.problem();
  return {
    host,
    version,
    platform: process.platform,
    pid,
    socket,
    endpoint,
    vault,
    online: abilities.online(),
    notices: problem === null ? notices : [...notices, problem],
  };
}

export function overview(parts: WindowParts): Overview {
  const { keyfob, endpoint, preferences, abilities } = parts;
  return {
    status: statusView(parts),
    preferences: preferences.read(),
    abilities: {
      clipboard: abilities.clipboard !== null,
      open_at_login: abilities.open_at_login !== null,
      shortcuts: abilities.shortcuts !== null,
      updates: abilities.updates,
      sign_in_window: abilities.sign_in_window !== null,
    },
    accounts: keyfob.accounts(),
    providers: keyfob.providers(),
    sign_ins: keyfob.signIns().map(signInView),
    approvals: endpoint.approvals.list().map(approvalView),
    clients: endpoint.clients.list(),
  };
}
