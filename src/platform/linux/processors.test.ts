import assert from 'node:assert/strict';
import { availableParallelism } from 'node:os';
import { test } from 'node:test';

import { processors, quotaOf } from './processors.ts';

function within(files: Readonly<Record<string, string>>): number {
  return quotaOf((path) => files[path]);
}

test('here it is a number of processors that there are', () => {
  const count = processors();
  assert.ok(Number.isInteger(count) && count >= 1 && count <= availableParallelism());
});

test('without control groups, or a quota in them, there is no bound', () => {
  assert.equal(within({}), Infinity);
  assert.equal(
    within({ '/proc/self/cgroup': '0::/a\n', '/sys/fs/cgroup/a/cpu.max': 'max 100000\n' }),
    Infinity,
  );
  assert.equal(
    within({
      '/proc/self/cgroup': '4:cpu,cpuacct:/a\n0::/\n',
      '/sys/fs/cgroup/cpu/a/cpu.cfs_quota_us': '-1\n',
      '/sys/fs/cgroup/cpu/a/cpu.cfs_period_us': '100000\n',
    }),
    Infinity,
  );
});

test('the smallest quota on the way up counts, rounded up, and is at least 1', () => {
  const files = {
    '/proc/self/cgroup': '0::/a/b\n',
    '/sys/fs/cgroup/a/b/cpu.max': '300000 100000\n',
    '/sys/fs/cgroup/a/cpu.max': '150000 100000\n',
  };
  assert.equal(within(files), 2);
  assert.equal(within({ ...files, '/sys/fs/cgroup/cpu.max': '5000 100000\n' }), 1);
});

test('in a container whose path is that of the host, the root is asked', () => {
  assert.equal(
    within({
      '/proc/self/cgroup': '4:memory:/x\n3:cpu,cpuacct:/docker/0123\n',
      '/sys/fs/cgroup/cpu/cpu.cfs_quota_us': '400000\n',
      '/sys/fs/cgroup/cpu/cpu.cfs_period_us': '100000\n',
    }),
    4,
  );
});
