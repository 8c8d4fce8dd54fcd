# Scripts that people have, unchanged: the files of testdata/docker_scripts.
$ make --no-print-directory -f service.mk check
> mkdir -p fixtures; echo first >fixtures/rows; echo another >more
> make -s -f service.mk down up wait
> make -f service.mk test logs
> docker exec project-db sh -c 'test "$MODE" = test'
> docker exec -i project-db sh -c 'cat >>/tmp/rows' <more
> docker exec project-db sort /tmp/rows
> another
> first
> docker logs project-db
> starting
> accepting connections
> make -f service.mk down
> docker rm -f project-db 2>/dev/null
> project-db
$ sh suite.sh
> ok   it runs
> ok   its log
> ok   a command in it
> ok   what it wrote
> ok   a one-shot
> ok   a status
> ok   both are there
> ok   one runs
> FAIL a test that fails: got kept, want nothing
> 1 failed
> left: 0
$ sh wait_for_healthy.sh
> healthy-app is healthy
> healthy-app: Up (healthy)
> healthy-app
$ sh build_and_test.sh
> passed
> made by root in /work
> ./
> ./build.sh
> ./check.sh
> ./result
> build.sh
> check.sh
> result
> status 7
> A /work
> A /work/build.sh
> A /work/check.sh
> A /work/result
$ bash ci_services.sh
> job-42-queue
> job-42-store
> queue: healthy
> store: healthy
> queue.ready
> store.ready
> artefact
> --- log of queue
> queue starts
> queue is ready
> --- log of store
> store starts
> store is ready
> left: 0 containers
? 1
$ sh remove_all.sh
> 3
> 5
> 2
> 3
> 0
> 3
> running
> running
> running
> 3
> nothing is left
> Total reclaimed space: 0B
$ bash poll.sh
> missing
> version 1: running
> no gap
> web
> web-next 2
> version 2
> web-next
> missing
$ sh wait_status.sh
> job-ok: 0
> job-fails: 3
> job-missing: 1
> 0
> 3
> /job-ok 0
> /job-fails 3
> ok works
> fails works
> missing works
> job-ok
> job-fails
> job-missing
> foreground: 42, 42
? 2
$ sh backup.sh
> ./
> ./sub/
> ./sub/table
> appdata
> appdata
> row
> 1000 1000 600
> /data/sub/table
> appdata
> copy
$ bash procfile.sh
> web: always
> worker: on-failure:2
> once: no
> once: exited
> web: running
> worker: exited
> worker runs
> worker runs
> worker runs
> worker: 1
> web: running 1
> proc-once Exited (0)
> proc-web Exited (0)
> proc-worker Exited (1)
> web starts
> web stops
> web starts
> web stops
$ bash scrape.sh
> one
> two
> new: three,ERROR four,
> ERROR four
> 1
> 0
> three
> ERROR four
$ docker ps -aq; docker volume ls -q
