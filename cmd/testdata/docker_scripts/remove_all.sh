#!/bin/sh
# The lines of everybody's shell history.
for i in 1 2 3; do docker run -d box sleep 1000 >/dev/null; done
docker run box true
docker run box false
docker ps -q | wc -l
docker ps -aq | wc -l
docker ps -aq -f status=exited | xargs docker rm | wc -l
docker stop -t 0 $(docker ps -q) | wc -l
docker ps -q | wc -l
docker start $(docker ps -aq) | wc -l
docker ps -q | xargs -n 1 docker inspect -f '{{.State.Status}}'
docker ps -aq | xargs docker rm -f | wc -l
docker ps -aq | xargs -r docker rm -f
docker rm -f $(docker ps -aq) 2>/dev/null || echo nothing is left
docker container prune -f
docker volume ls -qf dangling=true | xargs -r docker volume rm
