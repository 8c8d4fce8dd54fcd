$ docker run --name lines box sh -c 'for i in 1 2 3 4 5; do echo $i; done; printf end' >/dev/null
$ docker logs lines
> 1
> 2
> 3
> 4
> 5
> end\c
$ docker logs --tail 2 lines
> 5
> end\c
$ docker logs -n 1 lines
> end\c
$ docker logs --tail 0 lines
$ docker logs --tail all lines
> 1
> 2
> 3
> 4
> 5
> end\c
$ docker logs --tail -1 lines
> 1
> 2
> 3
> 4
> 5
> end\c
$ docker logs --tail x lines
> 1
> 2
> 3
> 4
> 5
> end\c
= usage errors
! invalid value "x" for --tail: neither a number nor all (see docker logs --help)
? 125
$ docker logs --tail 100 lines
> 1
> 2
> 3
> 4
> 5
> end\c
$ docker logs -t lines | sed 's/^[0-9T:.-]*Z/TIME/'
> TIME 1
> TIME 2
> TIME 3
> TIME 4
> TIME 5
> TIME end\c
$ docker logs -t --tail 1 lines | grep -cE '^20[0-9-]{8}T[0-9:]{8}\.[0-9]{9}Z end$'
> 1
$ docker logs -f lines | tail -2
> 5
> end\c
$ docker logs --since 10m lines | head -1
> 1
$ docker logs --since 0 lines | head -1
> 1
$ docker logs --since 2001-01-01 lines | wc -l
> 5
$ docker logs --since 2001-01-01T00:00:00Z --until 2002-01-01 lines
$ docker logs --since 2099-01-01 lines
$ docker logs --until 2001-01-01 lines
$ docker logs --until 1h lines
$ docker logs --until 2099-01-01T00:00:00 lines | wc -l
> 5
$ docker logs --since $(date +%s) lines >/dev/null; echo $?
> 0
$ docker logs --since 1.5h lines | wc -l
> 5
$ docker logs --since nonsense lines
! invalid value for "since": failed to parse value as time or duration: "nonsense"
? 1
$ docker logs --until 10x lines
! invalid value for "until": failed to parse value as time or duration: "10x"
? 1
$ docker logs --details lines | tail -2
>  5
>  end\c
$ docker logs nosuch
! no such container: nosuch
? 1
$ docker logs
! "docker logs" requires exactly 1 argument
!
! usage:  docker logs [OPTIONS] CONTAINER
!
! fetch the logs of a container
? 1
= usage errors
! logs: no container given (see docker logs --help)
? 125
$ docker logs lines other
! "docker logs" requires exactly 1 argument
!
! usage:  docker logs [OPTIONS] CONTAINER
!
! fetch the logs of a container
? 1
= usage errors
! logs: there is one argument too many: "other" (see docker logs --help)
? 125
$ docker logs --nosuch lines
! unknown flag: --nosuch
? 125
= usage errors
! unknown flag --nosuch (see docker logs --help)
? 125
$ docker rm lines
> lines

# Both streams.
$ docker run --name both box sh -c 'echo o1; echo e1 >&2; echo o2; echo e2 >&2' >/dev/null 2>&1
$ docker logs both
> o1
> o2
! e1
! e2
$ docker logs both 2>/dev/null
> o1
> o2
$ docker logs both 2>&1 >/dev/null
> e1
> e2
$ docker rm both
> both

# Lines that are long, have no end, or are no text.
$ docker run --name long box sh -c 'head -c 100000 /dev/zero | tr "\0" x; echo; echo y' | wc -c
> 100003
$ docker logs long | wc
>    2   2  100003
$ docker logs --tail 1 long
> y
$ docker logs --tail 2 long | wc -c
> 1699
$ docker logs -t long | wc -l
> 2
$ docker rm long
> long
$ docker run --name binary box sh -c 'printf "a\000b\377\r\nc\033[1m\n"' | od -c | head -1
> 0000000   a  \\0   b 377  \\r  \\n   c 033   [   1   m  \\n
$ docker logs binary | od -c | head -1
> 0000000   a  \\0   b 357 277 275  \\r  \\n   c 033   [   1   m  \\n
= bytes of the output that are no UTF-8
> 0000000   a  \\0   b 377  \\r  \\n   c 033   [   1   m  \\n
$ docker rm binary
> binary
$ head -c 500000 /dev/urandom >random; docker run -i --name random box cat <random | cmp - random
$ docker logs random | cmp -s - random && echo the same || echo others
> others
= bytes of the output that are no UTF-8
> the same
$ docker rm random
> random
$ docker run --name empty box sh -c 'echo; echo; echo x; echo' | wc -l
> 4
$ docker logs empty
>
>
> x
>
$ docker logs --tail 2 empty
> x
>
$ docker rm empty
> empty
$ docker run -t --name term box sh -c 'echo a; echo b >&2; test -t 1 && echo c' | od -c
> 0000000   a  \\r  \\n   b  \\r  \\n   c  \\r  \\n
> 0000011
$ docker logs term | od -c
> 0000000   a  \\r  \\n   b  \\r  \\n   c  \\r  \\n
> 0000011
$ docker rm term
> term
$ docker create --name never box true; docker logs never; docker logs -f never; docker rm never
> ID1
> never

# Following.
$ docker run -d --name follow box sh -c 'trap "echo last; exit" TERM; echo first; while :; do sleep 0.1; done' && awaits 'docker logs follow | grep first'
> ID1
$ docker logs -f follow >out & awaits 'grep first out'; docker stop follow >/dev/null; wait $! 2>/dev/null; echo $?; cat out
> 0
> first
> last
$ docker start follow && awaits 'docker logs follow | grep -c first | grep 2'
> follow
$ docker logs -f --tail 1 follow >out & awaits 'grep first out'; docker kill follow >/dev/null; wait $! 2>/dev/null; echo $?; cat out
> 0
> first
$ docker start follow && awaits 'docker logs follow | grep -c first | grep 3'
> follow
$ docker logs -f --tail 0 follow >out & awaits 'docker exec follow sh -c "echo more >/proc/1/fd/1"; grep more out'; docker rm -f follow >/dev/null; wait $! 2>/dev/null; echo $?; sort -u out
> 0
> more
$ docker run -d --name slow box sh -c 'for i in 1 2 3 4 5; do echo $i; sleep 0.2; done' >/dev/null; docker logs -f slow
> 1
> 2
> 3
> 4
> 5
$ docker logs -f slow | head -2; docker rm slow
> 1
> 2
> slow

# Labels and drivers.
$ docker run --name label --label a=b --label c=d -e E=f -e G=h --log-opt labels=a,nosuch --log-opt env=E box echo text
> text
$ docker logs --details label
> E=f,a=b text
$ docker inspect -f '{{.HostConfig.LogConfig.Type}} {{len .HostConfig.LogConfig.Config}}' label; docker rm label
> json-file 2
> label
$ docker run --name none --log-driver none box echo text
> text
$ docker logs none; docker inspect -f '{{.HostConfig.LogConfig.Type}}' none; docker rm none
> none
> none
! configured logging driver does not support reading
$ docker run --name local --log-driver local box echo text
> text
$ docker logs local; docker rm local
> text
> local
$ docker run --name nosuch --log-driver nosuch box true; docker ps -aq
! error looking up logging plugin nosuch: plugin "nosuch" not found
= the words of error messages
! --log-driver, --log-opt: error looking up logging plugin nosuch: plugin "nosuch" not found (there are json-file, local, journald and none) (see docker run --help)
$ docker run --log-opt nosuch=1 box true; docker ps -aq
! unknown log opt 'nosuch' for json-file log driver
= the words of error messages
! --log-driver, --log-opt: unknown log opt 'nosuch' for json-file log driver (see docker run --help)
$ docker run --log-opt max-size=x box true; docker ps -aq
> ID1
! failed to initialize logging driver: invalid size: 'x'
= usage errors
! --log-driver, --log-opt: log opt max-size=x: invalid size: 'x' (see docker run --help)
$ docker run --log-opt max-file=2 box true; docker ps -aq | xargs -r docker rm >/dev/null
$ docker run --name rotate --log-opt max-size=10k --log-opt max-file=3 box sh -c 'i=0; while [ $i -lt 300 ]; do i=$((i+1)); echo line $i of the log of a container; done' | wc -l
> 300
$ docker logs rotate | tail -1
> line 300 of the log of a container
$ docker logs --tail 3 rotate
> line 298 of the log of a container
> line 299 of the log of a container
> line 300 of the log of a container
$ docker logs rotate | wc -l | awk '{ print ($1 < 300) }'
> 1
$ docker rm rotate
> rotate
