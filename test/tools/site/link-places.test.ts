import { describe, expect, it } from 'vitest';
import { LinkPlaces } from '../../../tools/site/link-places.mjs';
import { pageList } from '../../../tools/site/page-list.mjs';

const FILES = [
  'LICENSE',
  'README.md',
  'lib/selfsup/README.md',
  'lib/selfsup/src/losses/index.ts',
  'notebooks/01-a.ipynb',
  'notebooks/README.md',
  'notebooks/exercises/1-b.ipynb',
  'notebooks/exercises/solutions/1-b.ipynb',
  'notebooks/figures/a.svg',
  '.github/pull_request_template.md',
  'test/x/README.md',
];

describe('where links lead on the site', () => {
  const { pages } = pageList(FILES);
  const places = new LinkPlaces(FILES, pages);

  it.each([
    ['notebooks/01-a.ipynb', 'README.md', 'README.md'],
    ['notebooks/01-a.ipynb', '../README.md#the-course', '../index.md#the-course'],
    [
      'README.md',
      'notebooks/01-a.ipynb#Four-ways,-two-Numbers',
      'notebooks/01-a.ipynb#four-ways-two-numbers',
    ],
    ['notebooks/README.md', 'exercises/1-b.ipynb', 'exercises/1-b.ipynb'],
    ['README.md', 'lib/selfsup', 'lib/selfsup/README.md'],
    ['README.md', 'lib/selfsup/', 'lib/selfsup/README.md'],
    ['README.md', 'LICENSE', 'LICENSE.md'],
    ['notebooks/01-a.ipynb', 'figures/a.svg', 'figures/a.svg'],
  ])('in %s, %s leads to %s', (from, target, place) => {
    expect(places.place(from, pages.get(from) as string, target)).toBe(place);
  });

  it('shows a file and a folder that have no page of their own', () => {
    const file = places.place(
      'lib/selfsup/README.md',
      'lib/selfsup/README.md',
      'src/losses/index.ts',
    );
    expect(file).toBe('../../files/lib/selfsup/src/losses/index-ts.md');
    places.place('README.md', 'index.md', 'notebooks/exercises/solutions');
    expect([...places.shown.keys()]).toEqual([
      'lib/selfsup/src/losses/index.ts',
      'notebooks/exercises/solutions',
    ]);
    expect(places.pageThatShows('lib/selfsup/src/losses/index.ts', () => 'const a = 1;')).toContain(
      'typescript\nconst a = 1;\n',
    );
    expect(places.pageThatShows('notebooks/exercises/solutions', () => '')).toContain(
      '[`1-b.ipynb`](../../../notebooks/exercises/solutions/1-b.ipynb)',
    );
  });

  it('tells of a link to what the course does not have', () => {
    expect(places.broken).toEqual([]);
    expect(places.place('README.md', 'index.md', 'none.md')).toBe('index.md');
    expect(places.broken).toEqual([
      'README.md links to "none.md": the course has no none.md; correct the link.',
    ]);
  });
});

describe('the pages of the site', () => {
  const { pages, sections, childOf } = pageList(FILES);

  it('are the texts and notebooks of the course, each in one section', () => {
    const listed = sections.flatMap(({ paths }) => paths);
    expect([...listed, 'README.md', ...childOf.values()].sort()).toEqual([...pages.keys()].sort());
    expect(new Set(listed).size).toBe(listed.length);
    expect([...pages.keys()]).not.toContain('test/x/README.md');
  });

  it('hold each solution under its exercise', () => {
    expect([...childOf]).toEqual([
      ['notebooks/exercises/1-b.ipynb', 'notebooks/exercises/solutions/1-b.ipynb'],
    ]);
  });

  it('list teaching where it is there', () => {
    const more = pageList([...FILES, 'teaching/README.md', 'teaching/quiz.md']);
    expect(more.sections.find(({ caption }) => caption === 'Teach with it')?.paths).toEqual([
      'teaching/README.md',
      'teaching/quiz.md',
    ]);
  });
});
