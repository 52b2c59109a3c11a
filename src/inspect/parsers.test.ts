/** The parsers of /proc: what they read of the kernel's text, and of any other bytes. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

import fc from 'fast-check';

import { bytesOf, integersOf, rangesOf, stringsOf, textOf } from './bytes.ts';
import { capabilityName } from './capabilities.ts';
import { containerIn, parseCgroups } from './cgroups.ts';
import { terminalName } from './identity.ts';
import { parseSmaps } from './smaps.ts';
import { parseInet, parseUnix } from './sockets.ts';
import { hasEnded, isKernelThread, nameIn, parseStat } from './stat.ts';
import { bitsOf, Status } from './status.ts';
import { parsePasswd } from './users.ts';

const line = (name: Buffer | string): Buffer =>
  Buffer.concat([
    Buffer.from('42 ('),
    Buffer.from(name),
    Buffer.from(
      ') S 7 42 41 34816 -1 4194560 1 2 3 4 50 60 7 8 20 -5 3 0 99 4096 5 18446744073709551615 ',
    ),
    Buffer.from('1 2 3 0 0 0 0 0 0 0 0 0 17 1 0 0 0 0 0 0 0 0 0 0 0 0 0\n'),
  ]);

test('a line of stat is read by its places, whatever the program is called', () => {
  for (const name of ['sh', 'a b', ') R 1 (', 'x\ny) Z 2 3 4', '', '((', '))']) {
    const stat = parseStat(line(name));
    assert.ok(stat !== undefined, name);
    assert.equal(nameIn(stat), name);
    assert.deepEqual([stat.pid, stat.state, stat.sure(4), stat.sure(7)], [42, 'S', 7, 34816]);
    assert.deepEqual([stat.sure(19), stat.sure(22), stat.sure(24)], [-5, 99, 5]);
    assert.equal(stat.field(99), undefined);
    assert.deepEqual([isKernelThread(stat), hasEnded(stat)], [false, false]);
  }
  const bytes = Buffer.from([0xff, 0x29, 0xc3, 0x28, 0xc3, 0xa9]);
  const stat = parseStat(line(bytes));
  assert.ok(stat !== undefined);
  assert.deepEqual(Buffer.from(bytesOf(nameIn(stat))), bytes);
});

test('what is no line of stat is none', () => {
  const whole = line('sh').toString();
  for (const wrong of ['', ')', '1 (', '1 () S', whole.slice(0, 60), whole.replace(' 7 ', ' x ')]) {
    assert.equal(parseStat(Buffer.from(wrong)), undefined, wrong);
  }
});

test('any bytes become a string and the same bytes again; UTF-8 reads as it is', () => {
  fc.assert(
    fc.property(fc.uint8Array(), (bytes) => {
      assert.deepEqual([...bytesOf(textOf(Buffer.from(bytes)))], [...bytes]);
    }),
  );
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const encoded = Buffer.from(text);
      assert.equal(textOf(encoded), encoded.toString('utf8'));
    }),
  );
  fc.assert(
    fc.property(fc.uint8Array(), fc.uint8Array(), (a, b) => {
      const same = Buffer.compare(a, b) === 0;
      assert.equal(textOf(Buffer.from(a)) === textOf(Buffer.from(b)), same);
    }),
  );
});

test('argv comes apart at its NULs, with empty arguments', () => {
  const strings = (text: string): string[] => stringsOf(Buffer.from(text));
  assert.deepEqual(strings(''), []);
  assert.deepEqual(strings('\0'), ['']);
  assert.deepEqual(strings('a\0\0b c\0'), ['a', '', 'b c']);
  assert.deepEqual(strings('rewritten without an end'), ['rewritten without an end']);
});

test('numbers, ranges and masks are what they say, or nothing', () => {
  assert.deepEqual(integersOf('1\t-2  3'), [1, -2, 3]);
  assert.equal(integersOf('1 2x'), undefined);
  assert.deepEqual(rangesOf('0-2,5,7-7'), [0, 1, 2, 5, 7]);
  assert.equal(rangesOf('0-'), undefined);
  assert.deepEqual(bitsOf('0000000000014005'), [0, 2, 14, 16]);
  assert.equal(bitsOf('12g'), undefined);
  assert.equal(capabilityName(0), 'CAP_CHOWN');
  assert.equal(capabilityName(40), 'CAP_CHECKPOINT_RESTORE');
  assert.equal(capabilityName(62), 'CAP_62');
});

test('terminals have their names', () => {
  const device = (major: number, minor: number): number =>
    ((minor & 0xfff00) << 12) | (major << 8) | (minor & 0xff);
  assert.equal(terminalName(0), null);
  assert.equal(terminalName(device(136, 3)), '/dev/pts/3');
  assert.equal(terminalName(device(137, 4)), '/dev/pts/260');
  assert.equal(terminalName(device(4, 1)), '/dev/tty1');
  assert.equal(terminalName(device(4, 64)), '/dev/ttyS0');
  assert.equal(terminalName(device(5, 1)), '/dev/console');
  assert.equal(terminalName(device(77, 300)), '77:300');
});

test('the lines of status are found by name, and sizes are bytes', () => {
  const status = new Status(
    'Name:\ta\\nUid:\t9\nUmask:\t0022\nUid:\t1\t2\t3\t4\nVmRSS:\t     12 kB\n',
  );
  assert.deepEqual(status.numbers('Uid'), [1, 2, 3, 4]);
  assert.equal(status.bytes('VmRSS'), 12 * 1024);
  assert.equal(status.bytes('VmSwap'), undefined);
  assert.equal(status.number('Umask'), 22);
});

test('regions of memory are read with their sizes', () => {
  const own = parseSmaps(readFileSync('/proc/self/smaps'));
  assert.ok(own !== undefined && own.length > 10);
  assert.ok(own.some(({ path }) => path === '[stack]'));
  assert.ok(own.every(({ start, end, sizes }) => start < end && (sizes.get('Rss') ?? -1) >= 0));
  assert.equal(parseSmaps(Buffer.from('Rss:   4 kB\n')), undefined);
  assert.equal(parseSmaps(Buffer.from('00-01 rw-p nonsense\n')), undefined);
});

test('control groups are read in both versions, and containers named', () => {
  const id = 'ab'.repeat(32);
  const groups = (text: string): ReturnType<typeof parseCgroups> => parseCgroups(Buffer.from(text));
  assert.deepEqual(groups('4:cpu,cpuacct:/a:b\n0::/x\n'), [
    { hierarchy: 4, controllers: ['cpu', 'cpuacct'], path: '/a:b' },
    { hierarchy: 0, controllers: [], path: '/x' },
  ]);
  assert.equal(groups('nonsense\n'), undefined);
  const container = (path: string): unknown => containerIn(groups(`0::${path}\n`) ?? []);
  assert.deepEqual(container(`/system.slice/docker-${id}.scope`), { runtime: 'docker', id });
  assert.deepEqual(container(`/docker/${id}`), { runtime: 'docker', id });
  assert.deepEqual(container(`/machine.slice/libpod-${id}.scope/container`), {
    runtime: 'podman',
    id,
  });
  assert.deepEqual(container(`/kubepods.slice/cri-containerd-${id}.scope`), {
    runtime: 'containerd',
    id,
  });
  assert.deepEqual(container('/lxc.payload.web/x'), { runtime: 'lxc', id: 'web' });
  assert.equal(container('/user.slice/user-1000.slice'), null);
});

test('sockets are read with addresses as people write them', () => {
  const row = (local: string, remote: string, state: string): Buffer =>
    Buffer.from(
      `   0: ${local} ${remote} ${state} 00000000:00000000 00:00000000 00000000     0        0 77 1 0 0\n`,
    );
  const [four] = parseInet(row('0100007F:1F90', '0100007F:D431', '01'), 'stream');
  assert.deepEqual(four, {
    family: 'ipv4',
    type: 'stream',
    local: '127.0.0.1:8080',
    remote: '127.0.0.1:54321',
    state: 'established',
    inode: 77,
  });
  const none = '0'.repeat(32);
  const [six] = parseInet(row(`${'0'.repeat(24)}01000000:0050`, `${none}:0000`, '0A'), 'stream');
  assert.deepEqual([six?.local, six?.remote, six?.state], ['[::1]:80', '', 'listening']);
  const mapped = `0000000000000000FFFF00000100007F`;
  assert.equal(
    parseInet(row(`${mapped}:0050`, `${mapped}:0051`, '01'), 'stream')[0]?.local,
    '127.0.0.1:80',
  );
  const [unix] = parseUnix(
    Buffer.from('0000000000000000: 00000002 00000000 00010000 0001 01  5 /run/a b\n'),
  );
  assert.deepEqual([unix?.local, unix?.state, unix?.inode], ['/run/a b', 'listening', 5]);
});

test('users are named by the first line that has their number', () => {
  assert.deepEqual(
    [...parsePasswd('root:x:0:0::/:/bin/sh\ntoor:x:0:0\nbad\n:x:5:\na:x:y:\n')],
    [[0, 'root']],
  );
});

test('mangled text makes no parser fall, nor say what is not there', () => {
  const originals = ['stat', 'status', 'smaps', 'cgroup', 'net/tcp', 'net/unix'].map((name) =>
    readFileSync(`/proc/self/${name}`).subarray(0, 4000),
  );
  const mangled = fc
    .record({
      original: fc.constantFrom(...originals),
      from: fc.nat(4000),
      cut: fc.nat(200),
      put: fc.uint8Array({ maxLength: 40 }),
    })
    .map(({ original, from, cut, put }) =>
      Buffer.concat([original.subarray(0, from), put, original.subarray(from + cut)]),
    );
  const check = (bytes: Buffer): void => {
    const stat = parseStat(bytes);
    const numbers =
      stat === undefined ? [] : [stat.pid, ...range(4, 24).map((at) => stat.sure(at))];
    const status = new Status(bytes.toString('latin1'));
    for (const name of ['Uid', 'Groups', 'SigBlk', 'VmRSS']) {
      numbers.push(...(status.numbers(name) ?? []), ...(status.bits(name) ?? []));
      numbers.push(status.bytes(name) ?? 0);
    }
    for (const { start, end, sizes } of parseSmaps(bytes) ?? []) {
      numbers.push(start, end, ...sizes.values());
    }
    for (const { hierarchy } of parseCgroups(bytes) ?? []) numbers.push(hierarchy);
    for (const { inode } of [...parseInet(bytes, 'stream'), ...parseUnix(bytes)])
      numbers.push(inode);
    assert.ok(
      numbers.every((number) => Number.isFinite(number)),
      String(numbers),
    );
    stringsOf(bytes);
  };
  fc.assert(fc.property(mangled, check), { numRuns: 2000 });
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
      check,
    ),
  );
});

test('a line that was cut or changed is refused, or says what it still says', () => {
  const original = line('sh');
  fc.assert(
    fc.property(fc.nat(original.length - 1), fc.nat(255), (at, byte) => {
      const changed = Buffer.from(original);
      changed[at] = byte;
      const stat = parseStat(changed);
      if (stat === undefined) return;
      // The same bytes, read by a simpler rule.
      const rest = changed.toString('latin1').split(') ').at(-1)?.trimEnd().split(' ') ?? [];
      for (let place = 4; place <= 24; place++) {
        assert.equal(stat.sure(place), Number(rest[place - 3]), `${at} ${byte}`);
      }
    }),
  );
});

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, at) => from + at);
}
