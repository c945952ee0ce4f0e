import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, posix } from 'node:path';

/** `export * from './losses';` and nothing else: what stands there is documented with the modules it comes from. */
const ONLY_REEXPORTS = /^(\s*export \* from '[^']+';)+\s*$/;

/**
 * The modules that a package lets others import, each with its source.
 *
 * @param {string} root
 * @param {string} name folder in `lib/`
 * @returns {{ module: string, file: string }[]}
 */
function modulesOf(root, name) {
  const manifest = JSON.parse(readFileSync(join(root, 'lib', name, 'package.json'), 'utf8'));
  const named = manifest.exports ?? { '.': `./${manifest.main}` };
  return Object.entries(named).flatMap(([key, value]) => {
    const target = typeof value === 'string' ? value : (value?.default ?? '');
    const source = target.replace(/^\.\/dist\//, 'src/').replace(/\.js$/, '.ts');
    const file = posix.join('lib', name, source);
    if (!file.endsWith('.ts') || !existsSync(join(root, file))) return [];
    if (key === '.' && ONLY_REEXPORTS.test(readFileSync(join(root, file), 'utf8'))) {
      const parts = Object.keys(named).filter((other) => other !== key && !other.endsWith('.json'));
      if (parts.length > 0) return [];
    }
    return [{ module: posix.join(manifest.name, key), file }];
  });
}

/**
 * Writes the API reference, a Markdown page for each module that can be imported, by typedoc.
 *
 * @param {{ root: string, source: string }} site
 * @returns {{ title: string, source: string }[]} the pages, by their paths in `source`
 */
export function writeApiReference({ root, source }) {
  const modules = readdirSync(join(root, 'lib'))
    .filter((name) => existsSync(join(root, 'lib', name, 'package.json')))
    .flatMap((name) => modulesOf(root, name));
  const out = join(source, 'api');
  const options = join(source, '..', 'typedoc.json');
  writeFileSync(
    options,
    JSON.stringify({
      extends: [join(root, 'typedoc.json')],
      plugin: ['typedoc-plugin-markdown'],
      entryPoints: modules.map(({ file }) => join(root, file)),
      tsconfig: join(root, 'tools/test/typedoc.tsconfig.json'),
      basePath: join(root, 'lib'),
      out,
      router: 'module',
      excludeExternals: true,
      hidePageHeader: true,
      hideBreadcrumbs: true,
      useCodeBlocks: true,
      useHTMLAnchors: true,
      groupOrder: ['Functions', 'Classes', 'Variables', 'Interfaces', 'Type Aliases', '*'],
      sanitizeComments: true,
      expandParameters: true,
      ...Object.fromEntries(
        [
          'interfaceProperties',
          'classProperties',
          'enumMembers',
          'propertyMembers',
          'typeDeclaration',
        ].map((name) => [`${name}Format`, 'table']),
      ),
      parametersFormat: 'table',
      logLevel: 'Error',
    }),
  );
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [join(root, 'node_modules/typedoc/bin/typedoc'), '--options', options],
    { cwd: root, encoding: 'utf8' },
  );
  rmSync(options, { force: true });
  if (status !== 0) throw new Error(`typedoc failed (exit status ${status}):\n${stdout}${stderr}`);
  rmSync(join(out, 'README.md'), { force: true });
  const written = modules.map(({ module, file }) => ({ module, page: pageWritten(out, file) }));
  for (const page of readdirSync(out, { recursive: true, encoding: 'utf8' })) {
    if (!page.endsWith('.md')) continue;
    const text = linkedByAnchors(withNamedOptions(readFileSync(join(out, page), 'utf8')));
    // A namespace within a module stands in no table of contents: the module's page leads to it.
    const isModule = written.some((one) => one.page === page);
    writeFileSync(join(out, page), isModule ? text : `---\norphan: true\n---\n\n${text}`);
  }
  return written.map(({ module, page }) => {
    const text = readFileSync(join(out, page), 'utf8').replace(/^# .*$/m, `# ${module}`);
    writeFileSync(join(out, page), text);
    return { title: module, source: `api/${page}` };
  });
}

/** A parameter that is taken apart where it is declared has no name; everywhere in the library it holds options. */
function withNamedOptions(text) {
  return text.replaceAll('__namedParameters', 'options');
}

/** Links to typedoc's own anchors, which are HTML, as HTML: Sphinx does not know of such anchors. */
function linkedByAnchors(text) {
  return text.replace(
    /\[((?:\\.|[^[\]\\])+)\]\(([^()#\s]*)#([^()\s]+)\)/g,
    (_link, label, page, anchor) =>
      `<a class="reference internal" href="${page.replace(/\.md$/, '.html')}#${anchor}">${label}</a>`,
  );
}

/** The page that typedoc writes for a module: one that holds others is a README in their folder. */
function pageWritten(out, file) {
  const path = file.replace(/^lib\//, '').replace(/(\/index)?\.ts$/, '');
  const page = [`${path}.md`, `${path}/README.md`].find((name) => existsSync(join(out, name)));
  if (page === undefined) throw new Error(`typedoc wrote no page for ${file} into ${out}.`);
  return page;
}
