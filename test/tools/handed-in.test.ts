import { describe, expect, it } from 'vitest';
import { handedIn } from '../../tools/teach/handed-in.mjs';

describe('handedIn', () => {
  it('reads whose a notebook is, whatever a learning platform puts before the name', () => {
    const files = [
      'ann_3-moco.ipynb',
      'Ben Lee_123_file_b.lee-2_3-moco.ipynb',
      'sub/cy_3-moco.ipynb',
    ];
    expect(handedIn(files, '3-moco')).toEqual({
      students: ['ann', 'b.lee-2', 'cy'],
      others: [],
      clashes: [],
    });
  });

  it('names what does not say whose it is', () => {
    const others = ['3-moco.ipynb', 'Müller_3-moco.ipynb', 'ann_3-moca.ipynb'];
    expect(handedIn([...others, 'notes.txt'], '3-moco')).toEqual({
      students: [],
      others: others.sort(),
      clashes: [],
    });
  });

  it('takes a second download, and asks which of two is meant', () => {
    const second = 'fred_3-moco (1).ipynb';
    expect(handedIn([second], '3-moco').students).toEqual(['fred']);
    const both = [second, 'fred_3-moco.ipynb'];
    expect(handedIn(both, '3-moco').clashes).toEqual(both);
  });

  it('names those that would be one student’s', () => {
    const files = ['ann_lee_3-moco.ipynb', 'bob_lee_3-moco.ipynb', 'cy_3-moco.ipynb'];
    expect(handedIn(files, '3-moco').clashes).toEqual(files.slice(0, 2));
  });
});
