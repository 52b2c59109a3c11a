/** What must hold for every field of every process, as code for a Node of any user or namespace. */

/**
 * Looks at every process that /proc shows and tells `[count, problems]`: how many were looked at, and
 * what does not hold. Needs the function `tell`.
 */
export const contract = `
import { readFileSync, readdirSync } from 'node:fs';
import { inspect, isMissing } from 'brood/inspect';

const problems = [];
let pid = 0;
const must = (holds, what, value) => {
  if (!holds && problems.length < 20) problems.push(pid + ' ' + what + ': ' + JSON.stringify(value));
};
const integer = (value, low, high, what) =>
  must(Number.isInteger(value) && value >= low && value <= high, what, value);
const text = (value, what) => must(typeof value === 'string', what, value);
/** A value that passes, or a reason. */
const known = (value, check, what) => {
  if (isMissing(value)) must(value.reason.length > 3, what + ' without a reason', value);
  else check(value, what);
};
const list = (each) => (value, what) => {
  must(Array.isArray(value), what, value);
  value.forEach((one, at) => each(one, what + '[' + at + ']'));
};
const size = (value, what) => integer(value, 0, 2 ** 53, what);
const amount = (value, what) => must(Number.isFinite(value) && value >= 0, what, value);
const signal = (value, what) => must(/^SIG[A-Z0-9+]+$/.test(value), what, value);

function identity(info) {
  integer(info.ppid, 0, 2 ** 22, 'ppid');
  integer(info.pgid, -1, 2 ** 22, 'pgid');
  integer(info.sid, -1, 2 ** 22, 'sid');
  must(info.tty === null || typeof info.tty === 'string', 'tty', info.tty);
  text(info.name, 'name');
  known(info.exe, (path) => must(path !== '', 'exe', path), 'exe');
  known(info.argv, list(text), 'argv');
  must(info.commandLine.length > 0, 'commandLine', info.commandLine);
  must(info.startTime <= Date.now() + 1000 && info.startTime > 1e12, 'startTime', info.startTime);
  must(/^[RSDTtZXIP]$/.test(info.state), 'state', info.state);
  must(info.stateWord !== 'unknown', 'stateWord', info.stateWord);
  known(info.stateTime, amount, 'stateTime');
  must(typeof info.kernelThread === 'boolean', 'kernelThread', info.kernelThread);
  integer(info.uid, 0, 2 ** 32, 'uid');
  integer(info.gid, 0, 2 ** 32, 'gid');
  text(info.user, 'user');
  size(info.rss, 'rss');
  size(info.virtual, 'virtual');
  for (const name of ['pss', 'uss', 'swap']) known(info[name], size, name);
  amount(info.cpuTime, 'cpuTime');
  integer(info.threadCount, 0, 1e5, 'threadCount');
  integer(info.nice, -20, 19, 'nice');
}

function groups(info) {
  known(info.credentials, (rights) => {
    for (const ids of [rights.uid, rights.gid]) Object.values(ids).forEach((id) => integer(id, 0, 2 ** 32, 'id'));
    list((id, what) => integer(id, 0, 2 ** 32, what))(rights.groups, 'groups');
    known(rights.capabilities, (sets) => {
      for (const set of Object.values(sets)) list((one, what) => must(/^CAP_[A-Z0-9_]+$/.test(one), what, one))(set, 'capabilities');
    }, 'capabilities');
  }, 'credentials');
  known(info.environment, (variables) => Object.values(variables).forEach((one) => text(one, 'variable')), 'environment');
  for (const name of ['cwd', 'root']) known(info[name], (path) => must(path.startsWith('/'), name, path), name);
  known(info.umask, (mask) => integer(mask, 0, 0o777, 'umask'), 'umask');
  known(info.signals, (sets) => {
    for (const name of ['pending', 'pendingForThread', 'blocked', 'ignored', 'caught']) list(signal)(sets[name], name);
    size(sets.queued, 'queued');
  }, 'signals');
  known(info.limits, (limits) => must(Object.keys(limits).length === 16, 'limits', limits), 'limits');
  for (const [name, value] of Object.entries(info.namespaces)) {
    known(value, name === 'pids' ? list((one) => integer(one, 1, 2 ** 22, 'pids')) : size, 'namespaces.' + name);
  }
  known(info.cgroup, ({ memberships }) => list((one) => must(one.path.startsWith('/'), 'cgroup', one))(memberships, 'cgroup'), 'cgroup');
  known(info.container, (one) => must(one === null || one.id.length > 0, 'container', one), 'container');
  known(info.io, (counters) => Object.values(counters).forEach((one) => size(one, 'io')), 'io');
  Object.entries(info.times).forEach(([name, value]) => amount(value, 'times.' + name));
  known(info.threads, (threads) => {
    list((one) => integer(one.tid, 1, 2 ** 22, 'tid'))(threads, 'threads');
    must(threads.some((one) => one.tid === pid), 'first thread', threads.length);
  }, 'threads');
  const { scheduling } = info;
  must(scheduling.policy !== 'unknown', 'policy', scheduling.policy);
  integer(scheduling.realtimePriority, 0, 99, 'realtimePriority');
  known(scheduling.affinity, list((one) => integer(one, 0, 1e4, 'affinity')), 'affinity');
  known(scheduling.ioPriority, ({ level }) => integer(level, 0, 7, 'ioPriority'), 'ioPriority');
  known(scheduling.oomScore, (score) => integer(score, 0, 2000, 'oomScore'), 'oomScore');
  known(scheduling.oomScoreAdjust, (score) => integer(score, -1000, 1000, 'oomScoreAdjust'), 'oomScoreAdjust');
}

function memoryOf({ memory }) {
  for (const [name, value] of Object.entries(memory)) {
    if (name === 'regions' || name === 'copyOnWrite') continue;
    known(value, size, 'memory.' + name);
  }
  known(memory.regions, (regions) => {
    let [pss, uss] = [0, 0];
    for (const one of regions) {
      must(one.end > one.start && one.rss <= one.size && one.uss <= one.rss, 'region', one);
      pss += one.pss;
      uss += one.uss;
    }
    must(pss === memory.pss && uss === memory.uss, 'sums', [pss, memory.pss, uss, memory.uss]);
  }, 'regions');
}

function descriptorsOf(info) {
  known(info.descriptors, (descriptors) => {
    for (const one of descriptors) {
      integer(one.fd, 0, 2 ** 31, 'fd');
      must(one.target !== '', 'target', one);
      must(['read', 'write', 'both', 'path'].includes(one.access), 'access', one);
      // A folder's offset may be any number of 63 bits.
      amount(one.offset, 'offset');
      if (one.type === 'pipe') must(one.otherEnd !== undefined, 'otherEnd of a pipe', one);
      if (one.type === 'socket') must(one.socket !== undefined, 'socket', one);
      if (one.otherEnd !== undefined) known(one.otherEnd, (end) => {
        size(end.unseen, 'unseen');
        list((holder) => { integer(holder.pid, 1, 2 ** 22, 'holder'); integer(holder.fd, 0, 2 ** 31, 'holder'); })(end.holders, 'holders');
      }, 'otherEnd');
    }
  }, 'descriptors');
}

let count = 0;
for (const name of readdirSync('/proc').filter((each) => /^\\d+$/.test(each))) {
  pid = Number(name);
  try {
    const info = await inspect(pid);
    identity(info);
    groups(info);
    memoryOf(info);
    descriptorsOf(info);
    count += 1;
  } catch (error) {
    // It may end at any moment; nothing else may go wrong.
    if (error.name !== 'NoSuchProcessError') throw error;
  }
}
tell([count, problems]);
`;
