// Typings of packages that bring none, or none that are found: as far as they are used.
declare module 'undici-electron9/lib/fetch/index.js' {
  export const fetch: typeof globalThis.fetch;
}
declare module 'undici-electron9/lib/fetch/formdata.js' {
  export const FormData: typeof globalThis.FormData;
}
declare module 'undici-electron9/lib/fetch/headers.js' {
  export const Headers: typeof globalThis.Headers;
}
declare module 'undici-electron9/lib/fetch/request.js' {
  export const Request: typeof globalThis.Request;
}
declare module 'undici-electron9/lib/fetch/response.js' {
  export const Response: typeof globalThis.Response;
}
declare module 'core-js/stable';
declare module 'event-target-shim' {
  export const Event: typeof globalThis.Event;
  export const EventTarget: typeof globalThis.EventTarget;
}
declare module '@pkgjs/parseargs' {
  export { parseArgs } from 'node:util';
}
