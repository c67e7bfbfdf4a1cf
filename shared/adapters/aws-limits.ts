/**
 * Milliseconds a request to AWS may take to connect and may then stay silent. The SDK waits for minutes: a connection
 * that died unnoticed would use up a function's time. A request that runs into a limit is tried again like any other.
 */
export const AWS_LIMITS = { connectionTimeout: 3_000, socketTimeout: 10_000 };
