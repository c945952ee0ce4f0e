import { describe, expect, it } from 'vitest';
import { gradeLines } from '../../tools/teach/grade-lines.mjs';

describe('gradeLines', () => {
  it('reads nbgrader’s export, whatever the order of its columns', () => {
    const csv =
      'student_id,last_name,assignment,score,max_score\r\nben,"Lee, ""B""",3-moco,15.5,20.0\r\nann,,3-moco,20.0,20.0\r\n';
    expect(gradeLines(csv)).toEqual(['3-moco, ann: 20 of 20', '3-moco, ben: 15.5 of 20']);
  });

  it('is empty before anything was graded', () => {
    expect(gradeLines('assignment,student_id,score,max_score\r\n')).toEqual([]);
  });
});
