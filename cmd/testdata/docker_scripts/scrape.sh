#!/bin/bash
# Reads what is new of a container's log, and once more from where it was.
set -euo pipefail
docker run -d --name app box sh -c 'echo one; sleep 0.3; echo two; until [ -e /tmp/go ]; do sleep 0.1; done; echo three; echo ERROR four; exec sleep 1000' >/dev/null
trap 'docker rm -f app >/dev/null' EXIT
until [ "$(docker logs app 2>&1 | wc -l)" = 2 ]; do sleep 0.1; done

scrape() { docker logs --timestamps --since "$1" app 2>&1; }
scrape 0 >first
cut -d' ' -f2- first
last=$(tail -1 first | cut -d' ' -f1)
docker exec app touch /tmp/go
until docker logs app 2>&1 | grep -q four; do sleep 0.1; done
echo "new: $(scrape "$last" | awk -v last="$last" '$1 > last' | cut -d' ' -f2- | tr '\n' ',')"
docker logs --tail 1 app 2>/dev/null
docker logs app 2>&1 | grep -c ERROR
docker logs --since 1h --until 1m app 2>&1 | wc -l
docker logs -f --since "$last" app >followed 2>/dev/null &
until grep -q four followed 2>/dev/null; do sleep 0.1; done
docker kill app >/dev/null
wait $!
cat followed | grep -v two
