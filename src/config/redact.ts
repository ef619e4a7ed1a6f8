/** Query parameters that hold secrets in the URLs that we take. What `sslkey` names is a file. */
const SECRET_PARAMETER = /^(?!sslkey$).*(password|passwd|secret|token|key|signature|credential)/i;

/** The URL without user's password and secret parameters, fit for logs and the screen. */
export function redact(url: string): string {
  if (!URL.canParse(url)) return '(unreadable URL)';
  const parsed = new URL(url);
  if (parsed.password !== '') parsed.password = '***';
  for (const name of [...parsed.searchParams.keys()]) {
    if (SECRET_PARAMETER.test(name)) parsed.searchParams.set(name, '***');
  }
  return parsed.href;
}

/** The secrets that the URL holds, as they may turn up in other programs' messages. */
export function secretsOf(url: string): string[] {
  if (!URL.canParse(url)) return [];
  const parsed = new URL(url);
  const found = [parsed.password, decode(parsed.password)];
  for (const [name, value] of parsed.searchParams) if (SECRET_PARAMETER.test(name)) found.push(value);
  return [...new Set(found)];
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
