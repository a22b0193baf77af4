import { tryHttpClient } from '../http-client.ts';

tryHttpClient('HTTPie', '--ignore-stdin ');
