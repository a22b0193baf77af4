// Written by `npm run catalog` from the files beside it; not by hand.
export const catalog = [
  {
    id: 'eptura-workplace',
    category: 'workplace',
    name: 'Eptura Workplace',
    summary: {
      en: 'Desks, rooms and visitors of Eptura Workplace',
      de: 'Arbeitsplätze, Räume und Besuche in Eptura Workplace',
    },
    read: async (): Promise<unknown> =>
      (await import('./workplace/eptura-workplace.json', { with: { type: 'json' } })).default,
  },
  {
    id: 'ioffice',
    category: 'workplace',
    name: 'iOFFICE',
    summary: {
      en: 'iOFFICE, before it became Eptura Workplace',
      de: 'iOFFICE, bevor es zu Eptura Workplace wurde',
    },
    read: async (): Promise<unknown> =>
      (await import('./workplace/ioffice.json', { with: { type: 'json' } })).default,
  },
  {
    id: 'officernd',
    category: 'workplace',
    name: 'OfficeRnD',
    summary: {
      en: 'Flexible workspaces and coworking in OfficeRnD',
      de: 'Flexible Büros und Coworking in OfficeRnD',
    },
    read: async (): Promise<unknown> =>
      (await import('./workplace/officernd.json', { with: { type: 'json' } })).default,
  },
  {
    id: 'organization-api',
    category: 'workplace',
    name: 'Organization API',
    summary: {
      en: 'An organization’s own server, signed in to by an application',
      de: 'Der eigene Server einer Organisation, angemeldet als Anwendung',
    },
    read: async (): Promise<unknown> =>
      (await import('./workplace/organization-api.json', { with: { type: 'json' } })).default,
  },
  {
    id: 'oauth2',
    category: 'standard',
    name: 'OAuth 2.0',
    summary: {
      en: 'Any vendor that follows RFC 6749, with its addresses by hand',
      de: 'Jeder Anbieter nach RFC 6749, mit Adressen von Hand',
    },
    read: async (): Promise<unknown> =>
      (await import('./standard/oauth2.json', { with: { type: 'json' } })).default,
  },
  {
    id: 'oauth2-json',
    category: 'standard',
    name: { en: 'OAuth 2.0 with JSON bodies', de: 'OAuth 2.0 mit JSON' },
    summary: {
      en: 'A vendor that wants JSON bodies instead of forms',
      de: 'Ein Anbieter, der JSON statt Formularen will',
    },
    read: async (): Promise<unknown> =>
      (await import('./standard/oauth2-json.json', { with: { type: 'json' } })).default,
  },
  {
    id: 'oidc',
    category: 'standard',
    name: 'OpenID Connect',
    summary: {
      en: 'Any identity provider with discovery, by its issuer alone',
      de: 'Jeder Identity-Provider mit Discovery, allein durch seinen Issuer',
    },
    read: async (): Promise<unknown> =>
      (await import('./standard/oidc.json', { with: { type: 'json' } })).default,
  },
] as const;
