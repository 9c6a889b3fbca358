import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/** Modules of packages, by their name in the page's imports. */
const IMPORTS = {
  preact: '/vendor/preact.js',
  'preact/hooks': '/vendor/hooks.js',
  'preact/jsx-runtime': '/vendor/jsx-runtime.js',
  '@preact/signals': '/vendor/signals.js',
  '@preact/signals-core': '/vendor/signals-core.js',
} as const;

const IMPORT_MAP = JSON.stringify({ imports: IMPORTS });

/** The hash of the import map for `script-src`: an import map cannot be an external script. */
export const IMPORT_MAP_HASH = `sha256-${createHash('sha256').update(IMPORT_MAP).digest('base64')}`;

/** The document of the page; every view is rendered by its modules. */
export const PAGE = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>order-processing</title>
<link rel="icon" href="/favicon.svg">
<link rel="stylesheet" href="/page/style.css">
<script type="importmap">${IMPORT_MAP}</script>
<script type="module" src="/page/main.js"></script>
</head>
<body><div id="app"></div><noscript>The console needs JavaScript.</noscript></body>
</html>
`;

/** Continues to the page. A redirect after a click on a foreign page would not send a SameSite=Strict cookie. */
export const OPENED = document('0; url=/', 'Opening the console', 'Opening the console… 正在打开控制台……');

/** The response to an invalid link. @param remedy where the new link is printed */
export function expiredPage(remedy: { readonly en: string; readonly zh: string }): string {
  return document(
    undefined,
    'This link has been used or has expired',
    `A one-time link opens one session, within 15 minutes. ${remedy.en}<br><br>一次性链接只能在 15 分钟内打开一次会话。${remedy.zh}`,
  );
}

/** The response to a browser without a session. */
export function noAccessPage(message: string): string {
  return document(
    undefined,
    'No session',
    `${message}<br><br>请打开控制台打印的一次性链接：在它的终端里，或 <code>docker compose logs welcome</code>。`,
  );
}

function document(refresh: string | undefined, title: string, text: string): string {
  const meta = refresh === undefined ? '' : `<meta http-equiv="refresh" content="${refresh}">`;
  return (
    `<!doctype html><html lang="en"><head><meta charset="utf-8">${meta}<title>${title}</title>` +
    '<meta name="viewport" content="width=device-width, initial-scale=1">' +
    `<link rel="icon" href="/favicon.svg"><link rel="stylesheet" href="/page/style.css"></head><body class="notice"><main><h1>${title}</h1><p>${text}</p></main></body></html>`
  );
}

export const FAVICON =
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><rect width="16" height="16" rx="4" fill="#3757d6"/>' +
  '<path d="M3 8h3m4 0h3M8 3v3m0 4v3" stroke="#fff" stroke-width="1.6" stroke-linecap="round"/><circle cx="8" cy="8" r="2" fill="#fff"/></svg>';

export interface Asset {
  readonly path: string;
  readonly type: string;
  readonly content: string;
}

/** The files of packages that the page loads, read once. */
export function vendorAssets(): readonly Asset[] {
  const require = createRequire(import.meta.url);
  const read = (name: string): string => readFileSync(require.resolve(name), 'utf8');
  const signals = dirname(require.resolve('@preact/signals'));
  const core = dirname(require.resolve('@preact/signals-core'));
  const file = (folder: string, name: string): string => readFileSync(join(folder, name), 'utf8');
  const modules: Readonly<Record<string, string>> = {
    'preact.js': read('preact'),
    'hooks.js': read('preact/hooks'),
    'jsx-runtime.js': read('preact/jsx-runtime'),
    'signals.js': file(signals, 'signals.mjs'),
    'signals-core.js': file(core, 'signals-core.mjs'),
  };
  return [
    ...Object.entries(modules).map(([name, content]) => ({
      path: `/vendor/${name}`,
      type: 'text/javascript; charset=utf-8',
      content: content.replaceAll(/^\/\/# sourceMappingURL=.*$/gm, ''),
    })),
    { path: '/favicon.svg', type: 'image/svg+xml', content: FAVICON },
  ];
}
