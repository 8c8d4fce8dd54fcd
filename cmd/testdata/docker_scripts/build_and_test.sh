#!/bin/sh
# Sources go in by docker cp, what was made comes out the same way.
set -eu
mkdir -p src
printf '#!/bin/sh\necho "made by $(id -un) in $(pwd)"\n' >src/build.sh
printf '#!/bin/sh\ntest -s result && echo passed\n' >src/check.sh
chmod +x src/*.sh

container=$(docker run -d -w /work box sleep 1000)
trap 'docker rm -f "$container" >/dev/null' EXIT
docker cp src/. "$container:/work"
docker exec "$container" sh -c './build.sh >result'
docker exec "$container" ./check.sh
docker cp "$container:/work/result" result
cat result
docker exec "$container" tar -c -C /work . | tar -t | sort
docker cp "$container:/work" - | tar -x
ls work
if docker exec "$container" sh -c 'exit 7'; then echo 'not reached'; else echo "status $?"; fi
docker diff "$container" | sort
