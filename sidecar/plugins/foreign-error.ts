import { OutriderError, isErrorCode, type InputIssue } from '../../shared/index.ts';

/**
 * The error as ours. A plugin loaded from a file may carry its own copy of `shared/`, so the class is known by its
 * fields and not by identity; anything else gives null.
 */
export function outriderErrorOf(error: unknown): OutriderError | null {
  if (error instanceof OutriderError) return error;
  if (!(error instanceof Error) || error.name !== 'OutriderError') return null;
  if (!('code' in error) || typeof error.code !== 'string' || !isErrorCode(error.code)) return null;
  const detail = 'detail' in error && typeof error.detail === 'string' ? error.detail : undefined;
  const issues = 'issues' in error && Array.isArray(error.issues) ? error.issues.filter(isIssue) : undefined;
  return new OutriderError(error.code, detail, { cause: error, ...(issues && { issues }) });
}

const isIssue = (issue: unknown): issue is InputIssue =>
  typeof issue === 'object' && issue !== null && 'path' in issue && 'message' in issue;
