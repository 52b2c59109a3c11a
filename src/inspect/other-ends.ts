/** Who holds the other ends of the pipes and sockets of a process. */
import type { Holder, Look } from '../platform/platform.ts';
import { bytesOf } from './bytes.ts';
import type { DescriptorInfo, OtherEnd } from './descriptors.ts';
import { isMissing, type Known, type Missing, unsupported } from './missing.ts';
import type { ProcessInfo } from './process-info.ts';
import { type SocketInfo, socketItems, socketsIn } from './sockets.ts';

/** What has to be found to know the other end of a descriptor. */
interface Quest {
  /** As the links of the other end show it; undefined: it is on no process of this machine. */
  readonly target: string | undefined;
  /** Why it cannot be known. */
  readonly missing?: Missing;
  readonly socket?: Known<SocketInfo>;
}

type Partly = Partial<ProcessInfo> & { readonly pid: number };

/** A descriptor, and what has to be found for it. */
interface Asked {
  readonly descriptor: DescriptorInfo;
  readonly quest: Quest | undefined;
}

/**
 * Completes the descriptors of these processes, where they were asked for, by their sockets and by who
 * holds the other ends. The descriptors of all processes are gone through once, however many are asked.
 */
export async function completed<Info extends Partly>(
  look: Look,
  infos: readonly Info[],
): Promise<Info[]> {
  const peers = new Peers(look);
  const asked = new Map<number, Asked[]>();
  for (const { pid, descriptors } of infos) {
    if (descriptors === undefined || isMissing(descriptors)) continue;
    const sockets = await socketQuests(look, pid, descriptors, peers);
    const quests = descriptors.map((each) => sockets.get(each) ?? pipeQuest(each));
    asked.set(
      pid,
      descriptors.map((descriptor, at) => ({ descriptor, quest: quests[at] })),
    );
  }
  if (asked.size === 0) return [...infos];
  const all = [...asked.values()].flat();
  const targets = [...new Set(all.flatMap(({ quest }) => quest?.target ?? []))];
  const places = new Map(targets.map((target, place) => [target, place]));
  const byPlace: Holder[][] = targets.map(() => []);
  const { holders, unseen } =
    targets.length === 0
      ? { holders: [], unseen: 0 }
      : await look.holders(targets.map(bytesOf), false);
  for (const holder of holders) byPlace[holder.target]?.push(holder);
  return infos.map((info) => {
    const descriptors = asked.get(info.pid)?.map(({ descriptor, quest }) => {
      if (quest === undefined) return descriptor;
      const candidates = byPlace[places.get(quest.target ?? '') ?? -1] ?? [];
      const others = candidates.filter((each) => isOtherEnd(each, descriptor, info.pid));
      return complete(descriptor, quest.socket, endOf(quest, others, unseen));
    });
    return descriptors === undefined ? info : Object.assign(info, { descriptors });
  });
}

function complete(
  descriptor: DescriptorInfo,
  socket: DescriptorInfo['socket'],
  otherEnd: DescriptorInfo['otherEnd'],
): DescriptorInfo {
  return {
    ...descriptor,
    ...(socket === undefined ? {} : { socket }),
    ...(otherEnd === undefined ? {} : { otherEnd }),
  };
}

/** The peers of unix sockets, asked for once and only if need be. */
class Peers {
  readonly #look: Look;
  #peers: Promise<ReadonlyMap<number, number>> | undefined;

  constructor(look: Look) {
    this.#look = look;
  }

  get(): Promise<ReadonlyMap<number, number>> {
    this.#peers ??= this.#look.unixPeers();
    return this.#peers;
  }
}

function pipeQuest({ type, target }: DescriptorInfo): Quest | undefined {
  return type === 'pipe' || type === 'fifo' ? { target } : undefined;
}

/** A pipe has one number for both ends: what tells them apart is how they were opened. */
function isOtherEnd(holder: Holder, descriptor: DescriptorInfo, pid: number): boolean {
  if (holder.pid === pid && holder.fd === descriptor.fd) return false;
  if (descriptor.type === 'socket') return true;
  if (descriptor.access === 'read') return holder.writable;
  if (descriptor.access === 'write') return holder.readable;
  return descriptor.access === 'both';
}

function endOf(
  { target, missing, socket }: Quest,
  holders: readonly Holder[],
  unseen: number,
): Known<OtherEnd> | undefined {
  if (missing !== undefined) return missing;
  if (target === undefined) {
    if (socket === undefined || isMissing(socket) || socket.state === 'listening') return undefined;
    // A unix socket whose peer was closed: nobody holds that any more.
    const where = socket.family === 'unix' ? 'here' : 'elsewhere';
    const isConnected = where === 'here' ? socket.state === 'established' : socket.remote !== '';
    return isConnected ? { holders: [], unseen: 0, where } : undefined;
  }
  return {
    holders: holders.map(({ pid, fd, readable, writable }) => ({
      pid,
      fd,
      access: readable && writable ? 'both' : readable ? 'read' : 'write',
    })),
    unseen,
    where: 'here',
  };
}

async function socketQuests(
  look: Look,
  pid: number,
  descriptors: readonly DescriptorInfo[],
  peers: Peers,
): Promise<Map<DescriptorInfo, Quest>> {
  const quests = new Map<DescriptorInfo, Quest>();
  const own = descriptors.filter(({ type }) => type === 'socket');
  if (own.length === 0) return quests;
  // The tables of the network namespace that the process is in.
  const [all = []] = await look.read([pid], socketItems, ({ pieces }) => socketsIn(pieces ?? []));
  const tables: Tables = {
    byInode: new Map(all.map((socket) => [socket.inode, socket])),
    byEnds: new Map(
      all.map((socket) => [`${socket.type} ${socket.local} ${socket.remote}`, socket]),
    ),
    peers: new Map(),
  };
  if (own.some(({ inode }) => tables.byInode.get(inode)?.family === 'unix')) {
    tables.peers = await peers.get();
  }
  for (const descriptor of own) quests.set(descriptor, socketQuest(descriptor.inode, tables));
  return quests;
}

/** The sockets of a network namespace. */
interface Tables {
  readonly byInode: ReadonlyMap<number, SocketInfo>;
  /** By type, own and other address. */
  readonly byEnds: ReadonlyMap<string, SocketInfo>;
  /** Of unix sockets, by their inodes. */
  peers: ReadonlyMap<number, number>;
}

function socketQuest(inode: number, { byInode, byEnds, peers }: Tables): Quest {
  const socket = byInode.get(inode);
  if (socket === undefined) {
    const why = unsupported('a socket of another kind (netlink, packet, …), or closed meanwhile');
    return { target: undefined, socket: why };
  }
  if (socket.family === 'unix') {
    const peer = peers.get(inode);
    if (peer === undefined) {
      const missing = unsupported('a unix socket of another network namespace');
      return { target: undefined, missing, socket };
    }
    const remote = byInode.get(peer)?.local ?? '';
    return { target: peer === 0 ? undefined : `socket:[${peer}]`, socket: { ...socket, remote } };
  }
  const peer = byEnds.get(`${socket.type} ${socket.remote} ${socket.local}`);
  // Inode 0: nobody has it open any more.
  const isHere = socket.remote !== '' && peer !== undefined && peer.inode !== 0;
  return { target: isHere ? `socket:[${peer.inode}]` : undefined, socket };
}
