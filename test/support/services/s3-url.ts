/** No secret: the server listens on the loopback interface only and holds what tests put into it. */
export const S3_TEST_CREDENTIALS = { accessKeyId: 'tidemark', secretAccessKey: 'tidemark-tests' } as const;

/** A server with its credentials, as a test is given it. Tidemark itself takes no credentials in an address. */
export interface S3Server {
  readonly endpoint: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

/** `http://ACCESS:SECRET@host:port` of a server that was started for the tests. */
export function s3Url(endpoint: string): string {
  const url = new URL(endpoint);
  url.username = S3_TEST_CREDENTIALS.accessKeyId;
  url.password = S3_TEST_CREDENTIALS.secretAccessKey;
  return url.href.replace(/\/$/, '');
}

/** The other way. */
export function readS3Url(text: string): S3Server {
  const url = new URL(text);
  const { username, password, origin } = url;
  return {
    endpoint: origin,
    accessKeyId: decodeURIComponent(username),
    secretAccessKey: decodeURIComponent(password),
  };
}

/** As the SDK's own chain of credentials finds them. */
export function s3Environment({ accessKeyId, secretAccessKey }: S3Server): Record<string, string> {
  return { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey };
}
