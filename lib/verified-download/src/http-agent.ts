import { Agent, type Dispatcher, EnvHttpProxyAgent } from 'undici';
import { DownloadError } from './errors';

const PROXY_VARIABLES = ['HTTPS_PROXY', 'https_proxy', 'HTTP_PROXY', 'http_proxy'] as const;

/**
 * Connections for one download, through the proxy that the environment names.
 *
 * @internal
 * @throws DownloadError with reason `proxy` when the variable holds no address.
 */
export function httpAgent(url: string, connectTimeout: number): Dispatcher {
  const named = PROXY_VARIABLES.filter((name) => process.env[name]);
  if (named.length === 0) return new Agent({ connectTimeout });
  for (const name of named) {
    const value = process.env[name] as string;
    if (URL.canParse(value) && /^https?:$/.test(new URL(value).protocol)) continue;
    throw new DownloadError({
      reason: 'proxy',
      // Without its value: a proxy's address may hold a password.
      problem: `The environment variable ${name} does not hold the address of an HTTP proxy, so ${url} was not asked for.`,
      advice: `Set ${name} to an address such as http://proxy.example:3128, or unset it.`,
      url,
    });
  }
  return new EnvHttpProxyAgent({ connectTimeout });
}
