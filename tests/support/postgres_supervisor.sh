# Keeps one throw-away PostgreSQL cluster for as long as standard input stays open, then stops the
# cluster and removes its folder: so that nothing is left behind however the tests end.
#
#   $1  folder of the PostgreSQL binaries
#   $2  folder of the cluster, removed at the end
#   $3  port on 127.0.0.1
#
# Reads the lines "start" and "stop"; answers "started" once the process runs (it may need a moment
# before it takes connections), "stopped" once it is gone, or "failed".
set -u
bin=$1 home=$2 port=$3 server=
trap '' INT HUP

stop() {
    [ -n "$server" ] || return 0
    kill -QUIT "$server" 2>/dev/null
    wait "$server" 2>/dev/null
    server=
}

finish() {
    stop
    cd / && rm -rf "$home"
    exit 0
}
trap finish TERM

cd "$home" || exit 1
"$bin/initdb" --pgdata=data --username=postgres --auth=trust --encoding=UTF8 --locale=C --no-sync \
    >log 2>&1 || { cat log >&2; echo failed; finish; }

while read -r word; do
    case $word in
    start)
        "$bin/postgres" -D data -p "$port" \
            -c listen_addresses=127.0.0.1 -c unix_socket_directories= \
            -c max_connections=300 -c fsync=off -c full_page_writes=off \
            >>log 2>&1 </dev/null &
        server=$!
        echo started
        ;;
    stop)
        stop
        echo stopped
        ;;
    esac
done
finish
