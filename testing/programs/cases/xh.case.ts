import { tryHttpClient } from '../http-client.ts';

tryHttpClient('xh', '--ignore-stdin ');
