#!/bin/bash
# A deployment that polls docker inspect: the new one has to run before the old one goes.
set -euo pipefail
run() { docker run -d --name "$1" --label app=web --label "version=$2" box sh -c "echo version $2; sleep 0.3; touch /tmp/up; exec sleep 1000" >/dev/null; }
state() { docker inspect --format='{{.State.Status}}' "$1" 2>/dev/null || echo missing; }

state web | tail -1
run web 1
for _ in $(seq 100); do
    [[ $(state web) == running ]] && docker exec web test -e /tmp/up && break
    sleep 0.1
done
echo "version $(docker inspect --format='{{index .Config.Labels "version"}}' web): $(state web)"

run web-next 2
until [ "$(docker inspect -f {{.State.Running}} web-next)" = "true" ] && docker exec web-next ls /tmp/up >/dev/null 2>&1; do sleep 0.1; done
docker stop --time 0 web >/dev/null
[[ $(docker inspect -f '{{.State.FinishedAt}}' web) > $(docker inspect -f '{{.State.StartedAt}}' web-next) ]] && echo 'no gap'
docker rm web
docker run --rm --network none box true
docker ps --filter label=app=web --format '{{.Names}} {{.Label "version"}}'
docker logs web-next
docker rm -f web-next
state web-next | tail -1
