/**
 * One socket for two descriptors of a child (2>&1). child_process makes a socket pair of its own for
 * each 'pipe' and gives none of them twice, but takes any socket of ours; Node has no socketpair(2),
 * so the two ends meet over a path that only we can reach and that is gone at once.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Two connected ends. Whoever asked for them closes both. */
export interface JointSocket {
  readonly ours: Socket;
  /** For the child; closed here once it has it. */
  readonly theirs: Socket;
}

/** Makes a connected pair of sockets. Rejects with what Node reports. */
export async function jointSocket(): Promise<JointSocket> {
  const folder = await mkdtemp(join(tmpdir(), 'brood-'));
  const server = createServer();
  let theirs: Socket | undefined;
  try {
    return await new Promise<JointSocket>((fulfil, reject) => {
      const path = join(folder, 's');
      server.once('error', reject).listen(path, () => {
        const end = connect(path).once('error', reject);
        theirs = end;
        server.once('connection', (ours) => {
          if (end.connecting) end.once('connect', () => fulfil({ ours, theirs: end }));
          else fulfil({ ours, theirs: end });
        });
      });
    });
  } catch (error) {
    theirs?.destroy();
    throw error;
  } finally {
    server.close();
    await rm(folder, { recursive: true, force: true });
  }
}
