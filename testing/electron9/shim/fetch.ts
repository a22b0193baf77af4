// Node 18's fetch, Headers, Request, Response and FormData: undici's own, in its last version for such a Node.
import { fetch } from 'undici-electron9/lib/fetch/index.js';
import { FormData } from 'undici-electron9/lib/fetch/formdata.js';
import { Headers } from 'undici-electron9/lib/fetch/headers.js';
import { Request } from 'undici-electron9/lib/fetch/request.js';
import { Response } from 'undici-electron9/lib/fetch/response.js';

Object.assign(globalThis, { fetch, FormData, Headers, Request, Response });
