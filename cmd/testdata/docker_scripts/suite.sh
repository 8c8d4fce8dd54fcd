#!/bin/sh
# A test suite: each test has containers of its own, and the trap removes them, however it ends.
set -u
label=suite-$$
failures=0

cleanup() {
    ids=$(docker ps -aq --filter "label=$label")
    # shellcheck disable=SC2086 # a list
    [ -z "$ids" ] || docker rm -f $ids >/dev/null
    echo "left: $(docker ps -aq --filter "label=$label" | wc -l)"
}
trap cleanup EXIT
trap 'exit 130' INT TERM

check() {
    name=$1 want=$2
    shift 2
    if got=$("$@" 2>&1) && [ "$got" = "$want" ]; then
        echo "ok   $name"
    else
        echo "FAIL $name: got $got, want $want"
        failures=$((failures + 1))
    fi
}

id=$(docker run -d --label "$label" -w /tmp box sh -c 'echo up; exec sleep 1000')
check 'it runs' true docker inspect -f '{{.State.Running}}' "$id"
check 'its log' up docker logs "$id"
check 'a command in it' /tmp docker exec "$id" pwd
docker exec "$id" sh -c 'echo kept >/tmp/file'
check 'what it wrote' kept docker exec "$id" cat /tmp/file
check 'a one-shot' hello docker run --rm --label "$label" box echo hello
other=$(docker create --label "$label" box sh -c 'exit 3')
docker start "$other" >/dev/null
check 'a status' 3 docker wait "$other"
check 'both are there' 2 sh -c "docker ps -aq --filter label=$label | wc -l"
check 'one runs' 1 sh -c "docker ps -q --filter label=$label | wc -l"
check 'a test that fails' nothing docker exec "$id" cat /tmp/file
echo "$failures failed"
[ "$failures" = 1 ]
