#!/bin/sh
# Docker's own recipe: a volume is backed up and brought back by tar in a container beside it.
set -eu
docker run -d --name app -v appdata:/var/app box sh -c 'mkdir /var/app/sub; echo row >/var/app/sub/table; chmod 600 /var/app/sub/table; chown 1000:1000 /var/app/sub/table; echo written; exec sleep 1000' >/dev/null
until docker logs app | grep -q written; do sleep 0.1; done

docker run --rm --volumes-from app -v "$(pwd):/backup" box tar -czf /backup/backup.tar.gz -C /var/app .
tar -tzf backup.tar.gz | sort
docker rm -f -v app >/dev/null
docker volume ls -q
docker volume rm appdata

docker create --name restored -v appdata:/var/app box cat /var/app/sub/table >/dev/null
docker run --rm --volumes-from restored -v "$(pwd):/backup:ro" box tar -xzf /backup/backup.tar.gz -C /var/app
docker start -a restored
docker run --rm --volumes-from restored:ro box stat -c '%u %g %a' /var/app/sub/table
docker run --rm -v appdata:/from:ro -v copy:/to box cp -a /from/. /to
docker run --rm -v copy:/data box find /data -type f
docker rm restored >/dev/null
docker volume rm appdata copy
