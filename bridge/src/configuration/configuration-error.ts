/** The program can't start as it is configured. The message says what is wrong, where, and what to do. */
export class ConfigurationError extends Error {
  override readonly name = 'ConfigurationError';
}
