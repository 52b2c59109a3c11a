import assert from 'node:assert/strict';
import { test } from 'node:test';

import { initKind } from './tree.ts';

test('an init is known by its program, its name or its first argument', () => {
  assert.equal(initKind('/usr/lib/systemd/systemd', 'systemd', '/sbin/init'), 'systemd');
  assert.equal(initKind(undefined, 'systemd', '/sbin/init'), 'systemd');
  assert.equal(initKind('/bin/busybox', 'init', 'init'), 'busybox');
  assert.equal(initKind('/usr/bin/tini-static', 'tini-static', '/tini'), 'tini');
  assert.equal(initKind(undefined, 'docker-init', '/sbin/docker-init'), 'tini');
  assert.equal(initKind('/sbin/init', 'init', '/sbin/init'), 'sysvinit');
  assert.equal(initKind('/usr/bin/node', 'node', 'node'), 'other');
});
