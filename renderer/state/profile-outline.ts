// What a dry run asks for, read from the text of a profile that the host has found in order.

export interface OutlineField {
  readonly name: string;
  readonly label: string;
  readonly secret: boolean;
  readonly default: string | null;
  readonly grants: readonly string[];
}

export interface Outline {
  readonly grants: readonly string[];
  readonly defaultGrant: string;
  readonly fields: readonly OutlineField[];
}

/** Reads grants and fields; null when the text is not even JSON of that shape. */
export function outlineOf(text: string): Outline | null {
  const profile = parse(text);
  const grants = record(profile?.['grants']);
  const fields = record(profile?.['fields']);
  if (grants === null || fields === null) return null;
  const names = Object.keys(grants);
  const wants = (grant: string, field: string): boolean => {
    const { required, optional } = record(grants[grant]) ?? {};
    return [required, optional].some((list) => Array.isArray(list) && list.includes(field));
  };
  const chosen = profile?.['default_grant'];
  return {
    grants: names,
    defaultGrant: typeof chosen === 'string' ? chosen : (names[0] ?? ''),
    fields: Object.entries(fields).map(([name, value]) => {
      const field = record(value) ?? {};
      const { label, default: standard } = field;
      return {
        name,
        label: typeof label === 'string' ? label : name,
        secret: field['secret'] === true,
        default: typeof standard === 'string' ? standard : null,
        grants: names.filter((grant) => wants(grant, name)),
      };
    }),
  };
}

function parse(text: string): Record<string, unknown> | null {
  try {
    return record(JSON.parse(text));
  } catch {
    return null;
  }
}

function record(value: unknown): Record<string, unknown> | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : null;
}
