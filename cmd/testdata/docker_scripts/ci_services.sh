#!/bin/bash
# What a CI runner does with a job's services: start them, wait until they are healthy, run the
# steps of the job in a container of its own beside them, show the services' logs if one fails.
set -euo pipefail
job=job-42
services=(queue store)

finish() {
    status=$?
    for service in "${services[@]}"; do
        if [ "$status" != 0 ]; then
            echo "--- log of $service"
            docker logs --tail 5 "$job-$service" 2>&1
        fi
    done
    docker ps -aq --filter "label=job=$job" | xargs -r docker rm -f -v >/dev/null
    docker volume rm -f "$job" >/dev/null
    echo "left: $(docker ps -aq --filter "label=job=$job" | wc -l) containers"
    exit "$status"
}
trap finish EXIT

docker volume create --label "job=$job" "$job" >/dev/null
for service in "${services[@]}"; do
    docker create --name "$job-$service" --label "job=$job" --health-cmd "test -e /shared/$service.ready" \
        --health-interval 100ms -v "$job:/shared" -e "SERVICE=$service" box \
        sh -c 'echo "$SERVICE starts"; sleep 0.2; touch "/shared/$SERVICE.ready"; echo "$SERVICE is ready"; exec sleep 1000' >/dev/null
    docker start "$job-$service"
done
for service in "${services[@]}"; do
    while [ "$(docker inspect -f '{{if .State.Health}}{{.State.Health.Status}}{{end}}' "$job-$service")" != healthy ]; do
        [ "$(docker inspect -f '{{.State.Running}}' "$job-$service")" = true ] || { echo "$service has ended"; exit 1; }
        sleep 0.1
    done
    echo "$service: healthy"
done

step=$(docker create --name "$job-build" --label "job=$job" --volumes-from "$job-store" --workdir /shared -i --entrypoint sh box)
echo 'set -e; ls; echo artefact >artefact' | docker start -ai "$step"
echo 'set -e; cat artefact; false; echo not reached' | docker start -ai "$step"
