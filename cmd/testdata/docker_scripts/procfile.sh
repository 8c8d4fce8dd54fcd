#!/bin/bash
# A supervisor of a Procfile's lines: each has a container and a policy.
set -euo pipefail
cat >Procfile <<'END'
web: always echo web starts; trap "echo web stops; exit 0" TERM; while :; do sleep 0.1; done
worker: on-failure:2 echo worker runs; exit 1
once: no echo once
END
prefix=proc
trap 'docker ps -aq --filter "name=^/$prefix-" | xargs -r docker rm -f >/dev/null' EXIT

while IFS=' ' read -r name policy command; do
    name=${name%:}
    docker run -d --name "$prefix-$name" --restart "$policy" --label "procfile=$name" --log-opt max-size=1m box sh -c "$command" >/dev/null
    echo "$name: $policy"
done <Procfile

field() { docker inspect -f "$2" "$prefix-$1"; }
until [ "$(field worker '{{.State.Status}} {{.RestartCount}}')" = 'exited 2' ]; do sleep 0.1; done
until [ "$(field once '{{.State.Status}}')" = exited ]; do sleep 0.1; done
docker ps -a --filter "name=$prefix-" --format '{{.Label "procfile"}}: {{.State}}' | sort
docker logs $prefix-worker
echo "worker: $(field worker '{{.State.ExitCode}}')"

docker exec $prefix-web kill -TERM 1
until [ "$(docker logs $prefix-web | grep -c starts)" = 2 ]; do sleep 0.1; done
echo "web: $(field web '{{.State.Status}} {{.RestartCount}}')"
docker stop $(docker ps -q --filter label=procfile) >/dev/null
docker ps -a --filter "label=procfile" --format '{{.Names}} {{.Status}}' | sed 's/) .*/)/' | sort
docker logs $prefix-web
