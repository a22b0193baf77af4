// What a person enters for an account, judged before it is sent.
//
// Invariants: secrets are in `secrets` alone and are gone after `forget`; a value that was left empty is not sent, unless an empty one
// is a value of its field.
import type { AccountDetails, Answer } from '../../main/api/window.ts';
import type { FormField, ProviderForm } from '../../main/api/providers.ts';
import type { Problem } from '../../main/api/problem.ts';
import { issuerIn } from './provider-search.ts';
import { lang } from '../i18n/lang.svelte.ts';

const namePattern = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

export class AccountDraft {
  readonly provider: ProviderForm;
  /** The details of the account that is changed; null for a new one. */
  readonly old: AccountDetails | null;
  /** The issuer that was found in an address; null: none was. */
  found: string | null = $state(null);
  name = $state('');
  grant = $state('');
  settings: Record<string, string> = $state({});
  secrets: Record<string, string> = $state({});
  /** By field; `name` for the account's own name. */
  errors: Readonly<Record<string, string>> = $state.raw({});

  readonly fields = $derived.by(() => this.#fieldsOf(this.grant));
  readonly required = $derived(this.fields.filter((one) => this.isRequired(one)));
  readonly optional = $derived(this.fields.filter((one) => !this.isRequired(one)));

  constructor(provider: ProviderForm, old: AccountDetails | null, taken: ReadonlySet<string>) {
    this.provider = provider;
    this.old = old;
    this.name = old?.account.name ?? freeName(provider.id, taken);
    this.grant = old?.account.grant ?? provider.default_grant;
    for (const field of provider.fields) {
      const set = old?.fields.find((one) => one.name === field.name);
      if (field.secret) this.secrets[field.name] = '';
      else this.settings[field.name] = set?.value ?? (old === null ? (field.default ?? '') : '');
    }
  }

  /** Takes what was entered; of a discovery address the issuer alone. */
  enter(field: FormField, value: string): void {
    const issuer = field.name === 'issuer' && value.includes('/.well-known/') ? issuerIn(value) : null;
    if (issuer !== null) this.found = issuer;
    (field.secret ? this.secrets : this.settings)[field.name] = issuer ?? value;
  }

  isRequired(field: FormField): boolean {
    return field.required_for.includes(this.grant);
  }

  /** Whether a secret is in the vault already. */
  isKept(field: FormField): boolean {
    return field.secret && this.old?.fields.some((one) => one.name === field.name && one.set) === true;
  }

  /** Puts what is missing into `errors`, by field; true when nothing is. */
  check(taken: ReadonlySet<string>): boolean {
    const texts = lang.texts.add;
    const errors: Record<string, string> = {};
    if (this.old === null) {
      if (this.name === '') errors['name'] = texts.nameMissing;
      else if (!namePattern.test(this.name)) errors['name'] = texts.nameWrong;
      else if (taken.has(this.name)) errors['name'] = texts.nameTaken;
    }
    for (const field of this.required) {
      const value = (field.secret ? this.secrets : this.settings)[field.name] ?? '';
      if (value.trim() === '' && !this.isKept(field))
        errors[field.name] = texts.missing(lang.text(field.label));
    }
    this.errors = errors;
    return Object.keys(errors).length === 0;
  }

  /** Puts each fault beside its field; false when there is none. */
  showFaults(faults: Answer<'account.check'>['faults']): boolean {
    this.errors = Object.fromEntries(
      faults.map(({ field, fault }) => {
        const label = this.fields.find((one) => one.name === field)?.label ?? field;
        return [field, lang.fault(lang.text(label), fault)];
      }),
    );
    return faults.length > 0;
  }

  /** Puts what the host refused beside the field that it names; false when it names none of these. */
  showProblem(problem: Problem): boolean {
    const { field } = problem;
    if (field === undefined || (field !== 'name' && !this.fields.some((one) => one.name === field)))
      return false;
    const { detail, hint } = lang.problem(problem);
    this.errors = { [field]: hint === null ? detail : `${detail} ${hint}` };
    return true;
  }

  clear(field: string): void {
    this.errors = Object.fromEntries(Object.entries(this.errors).filter(([one]) => one !== field));
  }

  /** The values to send: the grant's own fields; of a change, what differs. */
  values(): { readonly settings: Record<string, string>; readonly secrets: Record<string, string> } {
    const settings: Record<string, string> = {};
    const secrets: Record<string, string> = {};
    for (const { name, secret, may_be_empty, default: usual } of this.fields) {
      const value = (secret ? this.secrets : this.settings)[name] ?? '';
      const unset = (this.old === null && may_be_empty ? usual : null) ?? '';
      const before = this.old?.fields.find((one) => one.name === name)?.value ?? unset;
      if (secret && value !== '') secrets[name] = value;
      if (!secret && value.trim() !== before) settings[name] = value.trim();
    }
    return { settings, secrets };
  }

  /** Drops every secret that was entered. */
  forget(): void {
    for (const name of Object.keys(this.secrets)) this.secrets[name] = '';
  }

  #fieldsOf(grant: string): readonly FormField[] {
    return this.provider.fields.filter((one) => {
      const set = this.old?.fields.some(({ name, set: has }) => name === one.name && has) === true;
      return one.grants.includes(grant) && (set || !one.unused_by.includes(grant));
    });
  }
}

/** The provider's id, or that with a number, that no account has. */
function freeName(id: string, taken: ReadonlySet<string>): string {
  const short = id.split('-')[0] ?? id;
  for (let n = 1; ; n += 1) {
    const name = n === 1 ? short : `${short}-${n}`;
    if (!taken.has(name)) return name;
  }
}
