# Runs one server, and ends it when the process that asked for it is gone.
#
#   sh keeper.sh STOP_SIGNAL SECONDS FOLDER COMMAND…
#
# Standard input is a pipe from that process. Its end means that the process has ended, however it ended (kill -9
# too), or has done with the server: the server gets STOP_SIGNAL, after SECONDS SIGKILL, and FOLDER is removed
# unless it is empty. A line on the pipe means "let go": the keeper ends and leaves FOLDER for another keeper.
# File descriptor 3 is a pipe back: one line with the server's pid; its end says that the server and every process
# it made are gone.
#
# A shell and no Node, because it costs 1 MB instead of 50, and because it is the server's parent: the pid that
# it signals cannot have become somebody else's.

stop_signal=$1
seconds=$2
folder=$3
shift 3
exec 4<&0 </dev/null

"$@" 4<&- &
server=$!

abandoned=
abandon() {
  abandoned=yes
  [ -z "$server" ] || kill -s "$stop_signal" "$server" 2>/dev/null
}
trap abandon USR1 TERM INT HUP

echo "$server" >&3
exec 3>&-

{
  if ! read -r _line <&4; then
    kill -s USR1 "$$"
    while [ "$seconds" -gt 0 ]; do
      sleep 1
      seconds=$((seconds - 1))
    done
    kill -s KILL "$server" 2>/dev/null
  fi
} &
guard=$!

# A trap interrupts `wait`, hence the loop.
while kill -0 "$server" 2>/dev/null; do
  wait "$server"
done
server=

# The server ended by itself or was killed: its data may still be wanted, until the pipe says otherwise.
[ -n "$abandoned" ] || wait "$guard"

kill -s KILL "$guard" 2>/dev/null
[ -z "$abandoned" ] || [ -z "$folder" ] || rm -rf -- "$folder"
