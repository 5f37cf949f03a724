# Keeps one throw-away PostgreSQL cluster for as long as standard input stays open, then stops it and
# removes its folder: so that nothing is left behind however the benchmark ends.
#
#   $1   folder of the PostgreSQL binaries
#   $2   folder of the cluster, removed at the end
#   $3 … arguments of the server
#
# Answers "started <process id>" once the process runs (it may need a moment before it takes
# connections), or "failed".
set -u
bin=$1 home=$2 server=
shift 2
trap '' INT HUP

finish() {
    if [ -n "$server" ]; then
        kill -INT "$server" 2>/dev/null
        wait "$server" 2>/dev/null
    fi
    cd / && rm -rf "$home"
    exit 0
}
trap finish TERM

cd "$home" || exit 1
"$bin/initdb" --pgdata=data --username=postgres --auth=trust --encoding=UTF8 --locale=C \
    >log 2>&1 || { cat log >&2; echo failed; finish; }
"$bin/postgres" -D data "$@" >>log 2>&1 </dev/null &
server=$!
echo "started $server"
while read -r _; do :; done
finish
