import { describe, expect, it } from 'vitest';
import { readCommandLine } from './command-line.ts';
import { ConfigurationError } from './configuration-error.ts';
import { defaultDataDirectory } from './data-directory.ts';
import { formatEndpoint, parseEndpoint, parseLoopbackEndpoint } from './endpoint.ts';

describe('the command line', () => {
  it('wins over the environment', () => {
    const environment = { GANTRY_HTTP: '127.0.0.1:1', GANTRY_AE: 'ENV' };
    const read = readCommandLine(['--http', '127.0.0.1:2'], environment);
    expect(read).toMatchObject({ http: '127.0.0.1:2', aeTitle: 'ENV' });
  });

  it('opens a browser, but not when told not to and not in continuous integration', () => {
    expect(readCommandLine([], {}).open).toBe(true);
    expect(readCommandLine(['--no-open'], {}).open).toBe(false);
    expect(readCommandLine([], { CI: 'true' }).open).toBe(false);
  });

  it('refuses what it does not know, and says what there is', () => {
    expect(() => readCommandLine(['--htpp', 'x'], {})).toThrow(ConfigurationError);
    expect(() => readCommandLine(['--htpp', 'x'], {})).toThrow(/--http HOST:PORT/);
  });
});

describe('an endpoint', () => {
  it.each([
    ['127.0.0.1:8080', '127.0.0.1:8080'],
    ['localhost:8080', '127.0.0.1:8080'],
    ['8080', '127.0.0.1:8080'],
    ['[::1]:8080', '[::1]:8080'],
    ['127.0.0.1:0', '127.0.0.1:0'],
  ])('reads %s as %s', (text, expected) => {
    expect(formatEndpoint(parseEndpoint(text, '--http'))).toBe(expected);
  });

  it.each(['0.0.0.0:8080', '192.168.1.5:8080', 'example.org:8080', '[::]:8080'])(
    'refuses %s, which is not on this computer',
    (text) => {
      expect(() => parseLoopbackEndpoint(text, '--http')).toThrow(/loopback only/);
    },
  );

  it.each(['', 'a:b', '127.0.0.1:70000', '127.0.0.1:', '127.0.0.1:80:80'])(
    'refuses %j, which is none',
    (text) => {
      expect(() => parseEndpoint(text, '--http')).toThrow(/is not HOST:PORT/);
    },
  );
});

describe('the data directory', () => {
  it.each([
    ['linux', { XDG_DATA_HOME: '/x' }, '/x/gantry'],
    ['linux', {}, '/home/u/.local/share/gantry'],
    ['darwin', {}, '/home/u/Library/Application Support/gantry'],
  ] as const)('of %s with %j is %s', (platform, environment, expected) => {
    expect(defaultDataDirectory(platform, environment, '/home/u')).toBe(expected);
  });
});
