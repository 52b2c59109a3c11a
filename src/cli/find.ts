/** `brood find`: processes by name, port, file and more. */
import { type Command } from 'commander';

import { current } from '../index.ts';
import { type Criteria, find } from '../inspect/index.ts';
import { exitCodes, Misuse } from './failure.ts';
import { fieldsOf, parseFields, type Row } from './process/fields.ts';
import { addListFlags, chosen, type ListFlags, neededPaths, printList } from './process/listing.ts';
import { examples } from './show/examples.ts';
import { integerFrom } from './values/number.ts';

interface FindFlags extends ListFlags {
  readonly name?: string;
  readonly commandLine?: string;
  readonly exe?: string;
  readonly user?: string;
  readonly parent?: number;
  readonly port?: number;
  readonly file?: string;
  readonly regex?: true;
}

const usual = 'pid,user,state,rss,startTime,commandLine';

function textOf(text: string | undefined, regex: true | undefined): string | RegExp | undefined {
  if (text === undefined || regex === undefined) return text;
  try {
    return new RegExp(text, 'u');
  } catch {
    throw new Misuse(`'${text}' is no regular expression`);
  }
}

function criteriaOf(flags: FindFlags): Criteria {
  const { name, commandLine, exe, user, parent, port, file, regex } = flags;
  return {
    name: textOf(name, regex),
    commandLine: textOf(commandLine, regex),
    exe: textOf(exe, regex),
    user: user !== undefined && /^\d+$/.test(user) ? Number(user) : user,
    parent,
    port,
    file,
  };
}

async function findThem(flags: FindFlags): Promise<number> {
  const criteria = criteriaOf(flags);
  const isAsked = Object.values(criteria).some((value) => value !== undefined);
  if (!isAsked && flags.where === undefined) throw new Misuse('say what to look for');
  const shown = flags.output ?? parseFields(usual);
  const paths = neededPaths(flags, shown);
  if (paths.some(({ field }) => field === undefined)) {
    throw new Misuse("find does not measure cpu: 'brood ps' does");
  }
  const found: readonly Row[] = await find(criteria, fieldsOf(paths));
  // The command line of this very program holds what is looked for.
  const others = found.filter(({ pid }) => pid !== current.pid);
  const rows = chosen(others, flags);
  printList(rows, shown, flags);
  return rows.length > 0 ? exitCodes.fine : exitCodes.failed;
}

/** Adds `brood find`. */
export function addFind(program: Command): void {
  const command = program
    .command('find')
    .summary('processes by name, port, file and more')
    .description(
      'Lists the processes to which all of the options apply; ends with 1 if there are none. By port and file it finds those whose descriptors this user may look at.',
    )
    .option('-n, --name <name>', 'its name, as the kernel has it (15 bytes)')
    .option('-c, --command-line <text>', 'a part of its arguments with blanks between')
    .option('-e, --exe <file>', 'the path of its program')
    .option('-u, --user <user>', 'its user, by name or number')
    .option('--parent <pid>', 'its parent', integerFrom(1, 0x7fff_ffff))
    .option(
      '-p, --port <number>',
      'has a socket on that port of this machine',
      integerFrom(1, 65_535),
    )
    .option('-f, --file <file>', 'has it open, runs it, maps it, or is in that folder')
    .option('-r, --regex', 'name, command line and exe are regular expressions');
  addListFlags(command);
  examples(command, [
    ['brood find --port 8080', 'who listens there, or is connected from there'],
    ['brood find --file /var/log/syslog', 'who has it open'],
    ['brood kill $(brood find -q -r -n "^test-")', 'end what was found'],
  ]);
  command.action(async (flags: FindFlags) => {
    process.exitCode = await findThem(flags);
  });
}
