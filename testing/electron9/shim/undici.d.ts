// The single files of undici that are used; they have no typings of their own.
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
