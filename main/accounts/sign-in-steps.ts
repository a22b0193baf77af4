// The two ways in which a person signs in: on a page whose redirect is caught or pasted, or with a code that is typed
// on another device (RFC 8628).
import { answerNames } from '../oauth/dialect/redirect.ts';
import { createCutter } from '../oauth/echo.ts';
import { showsCode } from '../oauth/url.ts';
import { shownText } from '../api/shown-text.ts';
import { KeyfobError, toProblem } from '../api/errors.ts';
import type { LoginOptions } from '../api/sign-ins.ts';
import type { SignIn, SignInFlow } from './ports.ts';
import { signInError, vendorRefused } from './refusal.ts';
import { askAsClient, clientToSignIn, forgetGone, type RegistrationPorts } from './registration.ts';
import type { Flow } from './sign-in-flow.ts';

/** Has the host show the vendor's page. Throws what keeps it from beginning. */
export async function startPage(
  flow: Flow,
  { exchange, signIn, clock }: RegistrationPorts & { readonly signIn: SignIn },
  options: LoginOptions,
): Promise<void> {
  const { name, settings } = flow.account;
  const first = flow.account.clientContext();
  const { profile, values } = first;
  const begun = await exchange.beginPage(first, settings.grant);
  if (begun.kind !== 'granted') {
    throw signInError(name, profile, begun);
  }
  const redirectUri = values['redirect_uri'] ?? null;
  const requestAt = async ({ redirectUri: at }: SignInFlow) => {
    const clientContext = await clientToSignIn(flow.account, { exchange, clock }, at);
    const made = await begun.value(at, clientContext);
    await forgetGone(flow.account, clientContext, made);
    if (made.kind !== 'granted') throw signInError(name, profile, made);
    return { clientContext, request: made.value };
  };
  const paste = options.paste ?? false;
  if (redirectUri !== null && showsCode(redirectUri) && !paste) {
    const action = { type: 'sign_in_by_paste', params: { account: name } } as const;
    throw new KeyfobError('code_is_shown', {}, { field: 'redirect_uri', action });
  }
  const begin = (at: string | null): Promise<SignInFlow> =>
    signIn.begin(
      {
        id: flow.id,
        account: name,
        providerName: profile.name,
        redirectUri: at,
        paste,
        browser: options.browser ?? profile.authorize?.embedded_window_refused ?? false,
        stateless: profile.redirect?.vendor_does_not_echo_state === true,
        answerNames: answerNames(profile.redirect?.names),
      },
      (answer) => flow.answer(answer),
      (reason) => {
        flow.end(new KeyfobError(reason, {}));
      },
    );
  // A registered client comes back to where it was registered for, unless another program has that port by now.
  const usual = redirectUri === null ? (first.registered?.redirect_uri ?? null) : null;
  const host = usual === null ? await begin(redirectUri) : await begin(usual).catch(() => begin(null));
  const { clientContext, request } = await requestAt(host).catch(async (error: unknown) => {
    await host.end({ account: name, problem: toProblem(error) });
    throw error;
  });
  flow.waitAt({
    host,
    takesCodeAlone: request.takesCodeAlone,
    judge: (answer) => request.judge(answer),
    async finish(parameters) {
      const error = parameters.get('error')?.value ?? '';
      if (error === '') {
        await flow.redirected(parameters);
        const outcome = await exchange.redeem(clientContext, settings.grant, parameters, request.proof);
        await forgetGone(flow.account, clientContext, outcome);
        await flow.take(outcome);
        return;
      }
      const cut = createCutter([...Object.values(clientContext.secrets), request.proof.codeVerifier ?? '']);
      const description = cut(parameters.get('error_description')?.value ?? '');
      flow.end(
        vendorRefused(name, profile, {
          error: shownText(cut(error), 100),
          ...(description === '' ? {} : { error_description: shownText(description, 500) }),
        }),
      );
    },
  });
  if (!flow.isWaiting) {
    // Cancelled or timed out while the page was being prepared.
    await host.end(flow.outcome);
    return;
  }
  const { urlNow } = request;
  const grantedUrl = async (): Promise<string> => {
    const now = await urlNow?.();
    if (now === undefined || now.kind === 'granted') return now?.value ?? request.url;
    throw signInError(name, profile, now);
  };
  flow.show(await host.show(request.url, grantedUrl));
}

/** Seconds that a flow waits at most (see `loginRequest`). */
const longestWait = 86_400;

/** Gets a code that the person types elsewhere, and asks the vendor until they did. Throws what keeps it from beginning. */
export async function startDevice(
  flow: Flow,
  { exchange, clock }: RegistrationPorts,
  options: LoginOptions,
): Promise<void> {
  const { grant } = flow.account.settings;
  const { context: clientContext, outcome: started } = await askAsClient(
    flow.account,
    { exchange, clock },
    (context) => exchange.startDevice(context, grant),
  );
  if (started.kind !== 'granted') {
    throw signInError(flow.account.name, clientContext.profile, started);
  }
  const { deviceCode, url, userCode, expiresIn } = started.value;
  if (options.timeout === undefined) flow.waitFor(Math.min(expiresIn, longestWait));
  flow.show({ url, userCode });
  let { interval } = started.value;
  const poll = async (): Promise<void> => {
    while (flow.isWaiting) {
      await new Promise<void>((resolve) => clock.after(interval * 1000, resolve));
      if (!flow.isWaiting) {
        return;
      }
      const outcome = await exchange.pollDevice(clientContext, grant, deviceCode);
      if (outcome.kind === 'rejected' && outcome.vendorError.error === 'expired_token') {
        // RFC 8628 section 3.5: nobody was there in time.
        const action = { type: 'sign_in', params: { account: flow.account.name } } as const;
        flow.end(new KeyfobError('device_code_ended', {}, { action }));
        return;
      }
      // A granted answer that cannot be used has spent the code.
      if (outcome.kind !== 'transient' || outcome.unusable === true) {
        await flow.take(outcome);
        continue;
      }
      // RFC 8628 section 3.5: five seconds more, each time the vendor finds it too fast.
      interval += outcome.error === 'slow_down' ? 5 : 0;
      interval = Math.max(interval, (outcome.retryAfterMs ?? 0) / 1000);
    }
  };
  void poll().catch((error: unknown) => {
    flow.end(error);
  });
}
