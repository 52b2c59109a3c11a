import assert from 'node:assert/strict';
import { test } from 'node:test';

import { inNode } from '../harness/in-node.ts';

test('the portable platform opens files, and says what it cannot do', async () => {
  const { code, stdout, stderr } = await inNode(
    `import assert from 'node:assert/strict';
     import { FileDescriptor, open, pipe, socketpair } from 'brood';
     const unsupported = { name: 'UnsupportedError', code: 'ENOTSUP' };
     assert.throws(() => pipe(), unsupported);
     assert.throws(() => socketpair(), unsupported);
     const file = open('/dev/null', 'w');
     assert.equal(file.type, 'characterDevice');
     assert.throws(() => file.duplicate(), unsupported);
     assert.throws(() => file.closeOnExec, unsupported);
     await assert.rejects(file.send([1]), unsupported);
     await assert.rejects(file.receive(), unsupported);
     assert.throws(() => open('/missing'), { name: 'ProcessError', code: 'ENOENT' });
     assert.throws(() => new FileDescriptor(9999), { name: 'ProcessError', code: 'EBADF' });
     file.writable().end('x', () => console.log('written'));`,
    { env: { BROOD_PLATFORM: 'portable' } },
  );
  assert.equal(stderr, '');
  assert.equal(stdout, 'written\n');
  assert.equal(code, 0);
});
