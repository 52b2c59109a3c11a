/**
 * What the keeper runs: POSIX sh, because a shell is on every machine and costs a megabyte.
 *
 * It reads lines: `+PID SIGNAL` for a process to keep, `-PID` for one that ended, `q` to go. At the end
 * of its input its parent is dead: it stops each tree, so that nothing is born meanwhile, signals it,
 * and kills what is left 700 ms later. A pid counts together with its start time.
 */
export const keeperScript = `
trap '' HUP INT QUIT TERM PIPE
kept=' '

# Sets state, parent, group, session and start of process $1; fails if there is none.
look() {
  line=
  while IFS= read -r part || [ -n "$part" ]; do line="$line$part "; done < "/proc/$1/stat" || return 1
  set -f
  set -- \${line##*) }
  set +f
  [ $# -gt 20 ] || return 1
  state=$1 parent=$2 group=$3 session=$4
  shift 19
  start=$1
}

forget() {
  left=' '
  for each in $kept; do
    case $each in "$1":*) ;; *) left="$left$each " ;; esac
  done
  kept=$left
}

# Adds the processes $1 and their children to tree (" PID:START PID:START "), each one stopped before its
# children are asked for: faster than they can have new ones.
add() {
  todo="$1 "
  while [ -n "\${todo# }" ]; do
    todo=\${todo# }
    pid=\${todo%% *}
    todo=\${todo#"$pid"}
    case $tree in *" $pid:"*) continue ;; esac
    look "$pid" || continue
    kill -STOP "$pid"
    tree="$tree$pid:$start "
    for thread in "/proc/$pid/task"/*; do
      born=
      read -r born < "$thread/children"
      todo="$todo\${born:+ $born }"
    done
  done
}

# Adds everything else whose parent, or leader of group or session, is a member, until there is no more.
grow() {
  more=yes
  while [ -n "$more" ]; do
    more=
    for folder in /proc/[0-9]*; do
      other=\${folder#/proc/}
      case $tree in *" $other:"*) continue ;; esac
      look "$other" || continue
      case $tree in
        *" $parent:"* | *" $group:"* | *" $session:"*)
          add "$other"
          more=yes
          ;;
      esac
    done
  done
}

# Signals the members that are still what they were.
tell() {
  for member in $tree; do
    if look "\${member%%:*}" && [ "$start" = "\${member#*:}" ] && [ "$state" != Z ]; then
      kill -"$1" "\${member%%:*}"
      kill -CONT "\${member%%:*}"
    fi
  done
}

while read -r word signal; do
  case $word in
    +*) look "\${word#+}" && kept="$kept\${word#+}:$start:$signal " ;;
    -*) forget "\${word#-}" ;;
    q) exit 0 ;;
  esac
done

trees=' '
gentle=
for each in $kept; do
  pid=\${each%%:*} rest=\${each#*:}
  look "$pid" && [ "$start" = "\${rest%%:*}" ] || continue
  tree=' '
  add "$pid"
  grow
  tell "\${rest#*:}"
  trees="$trees\${tree# }"
  [ "\${rest#*:}" = 9 ] || gentle=yes
done
if [ -n "$gentle" ]; then
  sleep 0.7 || sleep 1
  tree=$trees
  grow
  tell 9
fi
`;
