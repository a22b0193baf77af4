// Which request arguments of curl make, by the options of the curl that is here.
import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { hasProgram } from '../../testing/system.ts';
import { curlOptionsIn, readCurlRequest } from './curl-request.ts';

const help = hasProgram('curl') ? execFileSync('curl', ['--help', 'all'], { encoding: 'utf8' }) : '';
const options = curlOptionsIn(help);
const url = 'https://api.example/things';

describe.runIf(hasProgram('curl'))('the request of curl’s arguments', () => {
  it.each([
    [[url], 'GET'],
    [['-sS', url], 'GET'],
    [['-X', 'DELETE', url], 'DELETE'],
    [['-sXPATCH', url, '-d', 'a=1'], 'PATCH'],
    [['--request', 'PUT', '--url', url], 'PUT'],
    [['-d', 'a=1', url], 'POST'],
    [['-da=1', url], 'POST'],
    [['--data-urlencode', 'a=1', url], 'POST'],
    [['--json', '{}', url], 'POST'],
    [['-F', 'file=@x', url], 'POST'],
    [['-G', '-d', 'a=1', url], 'GET'],
    [['-T', 'file', url], 'PUT'],
    [['-I', url], 'HEAD'],
    [['-o', 'https://no.example/', '-H', 'Accept: a', '-u', 'a:b', url], 'GET'],
    [['--outp', 'file', '-m5', url], 'GET'],
    [['--', url], 'GET'],
  ])('%j', (args, method) => {
    expect(readCurlRequest(args, options)).toEqual({ method, url, readsInput: false });
  });

  it('is one of HTTP where no scheme stands, as curl guesses', () => {
    expect(readCurlRequest(['api.example/a'], options)).toEqual({
      method: 'GET',
      url: 'http://api.example/a',
      readsInput: false,
    });
  });

  it.each([
    [['-s'], null],
    [['-o', url], null],
    [[url, url], 'several'],
    [[url, '--next', '-s'], 'several'],
    [[url, '-:'], 'several'],
  ])('is none, or more than one: %j', (args, expected) => {
    expect(readCurlRequest(args, options)).toBe(expected);
  });

  it.each([
    [['-d', '@-'], true],
    [['-d@-'], true],
    [['-T', '-'], true],
    [['-sT-'], true],
    [['-F', 'file=<-'], true],
    [['-d', 'a-'], false],
    [['-o', '-'], false],
  ])('reads standard input or not: %j', (args, expected) => {
    expect(readCurlRequest([...args, url], options)).toMatchObject({ readsInput: expected });
  });
});
