#!/bin/sh
# The loop that people write because docker run -d returns before a service is ready.
set -eu
name=healthy-app
trap 'docker rm -f "$name" >/dev/null 2>&1 || true' EXIT

docker run -d --name "$name" --health-cmd 'test -f /tmp/ready' --health-interval 200ms --health-retries 50 \
    box sh -c 'sleep 0.7; touch /tmp/ready; exec sleep 1000' >/dev/null

attempts=0
until [ "$(docker inspect --format '{{.State.Health.Status}}' "$name")" = healthy ]; do
    attempts=$((attempts + 1))
    if [ "$attempts" -gt 200 ]; then
        echo "$name did not become healthy" >&2
        docker logs "$name" >&2
        docker inspect --format '{{range .State.Health.Log}}{{.Output}}{{end}}' "$name" >&2
        exit 1
    fi
    sleep 0.1
done
echo "$name is $(docker inspect --format '{{.State.Health.Status}}' "$name")"
docker ps --filter "name=$name" --format '{{.Names}}: {{.Status}}' | sed 's/Up .* (/Up (/'
docker stop -t 0 "$name"
