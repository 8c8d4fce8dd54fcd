#!/bin/sh
# A batch: several jobs at once, and the statuses of all.
set -eu
jobs='ok:0 fails:3 missing:1'
for job in $jobs; do
    docker run -d --name "job-${job%:*}" box sh -c "echo ${job%:*} works; sleep 0.2; exit ${job#*:}" >/dev/null
done
failed=0
for job in $jobs; do
    status=$(docker wait "job-${job%:*}")
    echo "job-${job%:*}: $status"
    [ "$status" -eq 0 ] || failed=$((failed + 1))
done
docker wait job-ok job-fails
docker inspect -f '{{.Name}} {{.State.ExitCode}}' job-ok job-fails
for job in $jobs; do docker logs "job-${job%:*}"; done
docker rm job-ok job-fails job-missing
code=0
docker run --name foreground box sh -c 'exit 42' || code=$?
echo "foreground: $code, $(docker wait foreground)"
docker rm foreground >/dev/null
exit "$failed"
