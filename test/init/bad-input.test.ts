import assert from 'node:assert/strict';
import { test } from 'node:test';

import { features } from 'brood';

import { tellingNode } from '../harness/telling-node.ts';

const skip = features().addon.available ? false : 'no addon here';

test('what is wrong is refused before anything happens', { skip }, async () => {
  const { told, stderr } = await tellingNode(`
    import { init } from 'brood/init';
    import { Worker } from 'node:worker_threads';
    const refused = (...args) => {
      try { init(...args); tell('not refused'); } catch (error) { tell([error.code, error.message.replace(/\\. Received.*/s, '')]); }
    };
    refused(null);
    refused({ grace: -1 });
    refused({ grace: '1' });
    refused({ gracee: 1 });
    refused({ group: true });
    refused({ command: [] });
    refused({ command: 'x' });
    refused({ command: [''] });
    refused({ command: ['x', 1] });
    refused({ command: ['x'], rewrite: { SIGNOPE: 1 } });
    refused({ command: ['x'], rewrite: { SIGKILL: 1 } });
    refused({ command: ['x'], rewrite: { SIGTERM: 99 } });
    refused({ command: ['x'], expectZero: [256] });
    refused({ command: ['x'], fds: [2] });
    refused({ command: ['x'], deathSignal: 'SIGNOPE' });
    tell(process.listenerCount('SIGTERM'));
    init({ grace: 5 });
    refused({ grace: 6 });
    const code = \`
      import { init } from 'brood/init';
      import { parentPort } from 'node:worker_threads';
      try { init(); } catch (error) { parentPort.postMessage(error.name); }\`;
    const worker = new Worker(code, { eval: true });
    worker.once('message', tell);
  `);
  const codes = told.map((each) => (Array.isArray(each) ? each[0] : each) as unknown);
  const [type, range, value] = [
    'ERR_INVALID_ARG_TYPE',
    'ERR_OUT_OF_RANGE',
    'ERR_INVALID_ARG_VALUE',
  ];
  assert.equal(stderr, '');
  assert.deepEqual(codes, [
    type,
    range,
    type,
    value,
    value,
    type,
    type,
    value,
    type,
    'ERR_UNKNOWN_SIGNAL',
    value,
    range,
    range,
    range,
    'ERR_UNKNOWN_SIGNAL',
    0,
    'ERR_INVALID_STATE',
    'UnsupportedError',
  ]);
});
