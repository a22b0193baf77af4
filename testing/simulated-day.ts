/**
 * A day of many accounts of one vendor whose tokens live a day, in a second: the core over a clock that a program moves, with
 * a sleep of three hours at noon. For a test and a measurement.
 */
import process from 'node:process';
import { newRecord } from '../main/accounts/record.ts';
import { hour, site } from './core-accounts.ts';
import { emptyHome, json, openKit, type Home } from './core-kit.ts';

export interface SimulatedDay {
  /** Timers that wait when nothing is under way. */
  readonly timers: number;
  /** Requests to the vendor, and the most at a time. */
  readonly requests: number;
  readonly maxOpen: number;
  /** Tokens that were served and had ended. */
  readonly servedPastEnd: readonly string[];
  /** Ms of processor, from when all records were read. */
  readonly cpu: number;
}

const life = 24 * hour;
const settings = {
  provider: 'oauth2',
  grant: 'authorization_code',
  fields: { authorize_url: `${site}/a`, token_url: `${site}/t`, client_id: 'c1', client_auth: 'none' },
};

/** A home whose accounts' tokens were got one after the other in the 21 hours before; `ends` hears when each ends. */
function homeOf(names: readonly string[], ends: Map<string, number>): Home {
  const home = emptyHome();
  home.vault.kind = 'file';
  for (const [index, name] of names.entries()) {
    const obtainedAt = home.clock.unixMs() - Math.floor((index / names.length) * 21 * hour);
    ends.set(`first-${name}`, obtainedAt + life);
    const session = {
      access_token: `first-${name}`,
      token_type: 'Bearer',
      obtained_at: obtainedAt,
      lifetime: life,
      refresh_token: name,
      scope: null,
      bound: { redirect_uri: 'http://127.0.0.1/callback', scope: null },
    };
    const origins = { known: [site], issuer: null, discovered: false };
    const state = { status: 'signed_in', password_tried: false, session } as const;
    home.vault.entries.set(name, JSON.stringify({ ...newRecord(settings, {}, origins), epoch: 2, state }));
  }
  home.stored.settings = {
    version: 1,
    vault: 'file',
    accounts: Object.fromEntries(names.map((name) => [name, settings])),
  };
  return home;
}

/** Lives through the day; every hour ten tokens are asked for. */
export async function simulateDay(count: number): Promise<SimulatedDay> {
  const names = Array.from({ length: count }, (_, index) => `hq-${String(index)}`);
  const ends = new Map<string, number>();
  const home = homeOf(names, ends);
  let [open, maxOpen, requests] = [0, 0, 0];
  const opening = openKit(async ({ parameters }) => {
    requests += 1;
    open += 1;
    maxOpen = Math.max(maxOpen, open);
    await new Promise((resolve) => setImmediate(resolve));
    open -= 1;
    const token = `later-${String(requests)}`;
    ends.set(token, home.clock.unixMs() + life);
    return json({
      access_token: token,
      refresh_token: parameters['refresh_token'],
      token_type: 'Bearer',
      expires_in: life / 1000,
    });
  }, home);
  await home.clock.pass(60);
  const { keyfob, clock } = await opening;
  await keyfob.logout(names.at(-1) ?? '');
  const timers = clock.waiting();
  const before = process.cpuUsage();
  const servedPastEnd: string[] = [];
  for (let past = 0; past < 24; past += 1) {
    if (past === 12) clock.sleep(3 * hour);
    await clock.pass(hour);
    const asked = names.slice(0, -1).filter((_, index) => index % Math.ceil(count / 10) === past);
    for (const account of asked) {
      const { access_token: token } = await keyfob.token({ account });
      if ((ends.get(token) ?? 0) <= clock.unixMs()) servedPastEnd.push(token);
    }
  }
  const { user, system } = process.cpuUsage(before);
  await keyfob.stop();
  return { timers, requests, maxOpen, servedPastEnd, cpu: (user + system) / 1000 };
}
