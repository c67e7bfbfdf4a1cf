import { GetParameterCommand, type SSMClient } from '@aws-sdk/client-ssm';

/** How long a token that was read is used; a changed one is taken up after this. */
const TOKEN_TTL_MS = 3 * 60_000;

/**
 * Reads the bearer token from an SSM SecureString, at most once in three minutes. Rejects when the parameter
 * cannot be read or is empty: without an expected token nobody may pass. A failure is not remembered.
 */
export function ssmToken(client: SSMClient, name: string, now: () => number): () => Promise<string> {
  let held: { readonly token: Promise<string>; readonly until: number } | undefined;
  return () => {
    if (held !== undefined && now() < held.until) return held.token;
    const token = readToken(client, name);
    const entry = { token, until: now() + TOKEN_TTL_MS };
    held = entry;
    token.catch(() => {
      if (held === entry) held = undefined;
    });
    return token;
  };
}

async function readToken(client: SSMClient, name: string): Promise<string> {
  const { Parameter } = await client.send(new GetParameterCommand({ Name: name, WithDecryption: true }));
  const token = Parameter?.Value?.trim();
  if (!token) throw new Error(`The parameter ${name} holds no token.`);
  return token;
}
