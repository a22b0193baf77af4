// Fills `{field}` templates and follows `by_field` choices of a profile with an account's values.

/** An account's values by field name, defaults included; what is not set is not there. */
export type FieldValues = Readonly<Record<string, string>>;

/** What a client knows: an account's values, and its secrets by field name. */
export interface ClientValues {
  readonly values: FieldValues;
  readonly secrets: FieldValues;
}

/**
 * Fills a template. Null when a field that it names has no value: then the thing the template stands for
 * (an optional endpoint, say) is not there. `{field}/…` does not double a slash.
 */
export function fillTemplate(template: string, values: FieldValues): string | null {
  let missing = false;
  const filled = template.replaceAll(/\{([^{}]*)\}(\/?)/g, (_all, name: string, slash: string) => {
    const value = Object.hasOwn(values, name) ? (values[name] ?? '') : '';
    if (value === '') {
      missing = true;
    }
    return slash === '' ? value : `${value.replace(/\/+$/, '')}/`;
  });
  return missing ? null : filled;
}

/** A value of a profile that may depend on a field. */
export type Choice<T> = T | { readonly by_field: string; readonly cases: Readonly<Record<string, T>> };

/** The value that the account's values choose; null where the field has no value, or none that has a case. */
export function caseOf<T>(value: Choice<T>, values: FieldValues): T | null {
  if (typeof value === 'object' && value !== null && 'by_field' in value) {
    const chosen = values[value.by_field] ?? '';
    return Object.hasOwn(value.cases, chosen) ? (value.cases[chosen] ?? null) : null;
  }
  return value;
}

/** The same where the profile's check has made sure that there is one. Throws TypeError. */
export function choose<T>(value: Choice<T>, values: FieldValues): T {
  const chosen = caseOf(value, values);
  if (chosen === null) throw new TypeError('no case for the value of the field that chooses');
  return chosen;
}
