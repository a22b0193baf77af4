import { tryHttpClient } from '../http-client.ts';

tryHttpClient('Wget');
