import express, { type RequestHandler } from 'express';

/**
 * The dashboards as a page. The files hold nothing secret, so they need no token: the page takes it from the
 * address' fragment, which browsers never send.
 */
export function dashboards(webDir: string | undefined): RequestHandler {
  const files = webDir === undefined ? undefined : express.static(webDir, { fallthrough: true, maxAge: 0 });
  return (request, response, next) => {
    const isPage = request.path === '/' || /^\/[\w.-]+\.\w+$|^\/assets\//.test(request.path);
    if (!isPage || (request.method !== 'GET' && request.method !== 'HEAD')) return next();
    response.set(pageHeaders);
    if (files) return files(request, response, (error: unknown) => (error ? next(error) : missing()));
    missing();

    function missing(): void {
      if (request.path !== '/') return next();
      response.status(404).type('text').send('The dashboards were not built. Run `npm run build`.\n');
    }
  };
}

/** Styles may stand in the page: the UI kit writes them there (DECISIONS). Scripts may not. */
const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

const pageHeaders = {
  'content-security-policy': policy,
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
};
