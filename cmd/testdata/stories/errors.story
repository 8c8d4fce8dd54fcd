# Containers that are not there.
$ for command in start stop restart kill rm pause unpause wait logs attach top diff export port inspect; do docker $command nosuch </dev/null; echo "$command $?"; done
> start 1
> stop 1
> restart 1
> kill 1
> rm 1
> pause 1
> unpause 1
> wait 1
> logs 1
> attach 1
> top 1
> diff 1
> export 1
> port 1
> []
> inspect 1
! no such container: nosuch
! failed to start containers: nosuch
! no such container: nosuch
! no such container: nosuch
! cannot kill container: nosuch: No such container: nosuch
! no such container: nosuch
! no such container: nosuch
! no such container: nosuch
! no such container: nosuch
! no such container: nosuch
! no such container: nosuch
! no such container: nosuch
! no such container: nosuch
! no such container: nosuch
! no such container: nosuch
! no such object: nosuch
= the words of error messages
> start 1
> stop 1
> restart 1
> kill 1
> rm 1
> pause 1
> unpause 1
> wait 1
> logs 1
> attach 1
> top 1
> diff 1
> export 1
> port 1
> []
> inspect 1
! no such container: nosuch
! no such container: nosuch
! no such container: nosuch
! no such container: nosuch
! no such container: nosuch
! no such container: nosuch
! no such container: nosuch
! no such container: nosuch
! no such container: nosuch
! no such container: nosuch
! no such container: nosuch
! no such container, and no such directory of changes: nosuch
! no such container: nosuch
! no such container: nosuch
! no such object: nosuch
$ docker exec nosuch true
! no such container: nosuch
? 1
$ docker rename nosuch x2
! no such container: nosuch
! failed to rename container named nosuch
? 1
= the words of error messages
! no such container: nosuch
? 1
$ docker cp nosuch:/x .
! no such container:path: nosuch:/x
? 1
= the words of error messages
! no such container: nosuch
? 1
$ docker commit nosuch
! no such container: nosuch
? 1
$ docker update --cpu-shares 2 nosuch
! no such container: nosuch
? 1
$ docker stats --no-stream nosuch
! no such container: nosuch
? 1

# Containers that do not run.
$ docker create --name still box true >/dev/null
$ for command in pause unpause kill attach top stop; do docker $command still </dev/null; done
> still
! container ID1 is not running
! container ID1 is not paused
! cannot kill container: still: Container ID1 is not running
! you cannot attach to a stopped container, start it first
! container ID1 is not running
= the words of error messages
> still
! cannot pause container ID1: it is not running
! cannot unpause container ID1: it is not running
! cannot kill container ID1: it is not running
! you cannot attach to a stopped container, start it first
! container ID1 is not running
$ docker exec still true
! container ID1 is not running
? 1
$ docker rm still
> still

# Containers that run.
$ docker run -d --name web box serve >id; awaits 'docker logs web | grep ready'
$ docker rm web
! you cannot remove a running container ID1. Stop the container before attempting removal or force remove
? 1
= the words of error messages
! container ID1 is running: stop it before removing it, or force removal with rm -f
? 1
$ docker container rm web >/dev/null 2>&1; echo $?
> 1
$ docker run --name web box true; docker run --name web box true 2>/dev/null; echo $?
> 125
! conflict. The container name "/web" is already in use by container "ID1". You have to remove (or rename) that container to be able to reuse that name
= the words of error messages
> 125
! the container name "web" is already in use by container ID1 (mydocker rm web removes it)
$ docker rename web web
! renaming a container with the same name as its current name
! failed to rename container named web
? 1
= the words of error messages
! container ID1 has the name "web" already
? 1
$ docker create --name other box true >/dev/null; docker rename other web; docker rm other
> other
! error when allocating new name: Conflict. The container name "/web" is already in use by container "ID1". You have to remove (or rename) that container to be able to reuse that name
! failed to rename container named other
= the words of error messages
> other
! the container name "web" is already in use by container ID1 (mydocker rm web removes it)
$ docker unpause web
! container ID1 is not paused
? 1
$ docker rm -f web
> web

# Flags.
$ docker run -d --nosuch box true
! unknown flag: --nosuch
? 125
= usage errors
! unknown flag --nosuch (see docker run --help)
? 125
$ docker run -d -x box true
! unknown shorthand flag: 'x' in -x
? 125
= usage errors
! unknown flag -x (see docker run --help)
? 125
$ docker run -d
! "docker run" requires at least 1 argument
!
! usage:  docker run [OPTIONS] IMAGE [COMMAND] [ARG...]
!
! run a command in a new container
? 1
= usage errors
! run: no image given (see docker run --help)
? 125
$ docker run -d --name
! flag needs an argument: --name
? 125
= usage errors
! --name needs a value (see docker run --help)
? 125
$ docker create --memory nonsense box true
! invalid argument "nonsense" for "-m, --memory" flag: invalid size: 'nonsense'
? 125
= the words of error messages
! invalid value "nonsense" for --memory: not a size such as 100m or 1g
? 125
$ docker create --cpus x box true
! invalid argument "x" for "--cpus" flag: failed to parse x as a rational number
? 125
= the words of error messages
! invalid value "x" for --cpus: not a number of CPUs such as 1.5
? 125
$ docker create --label box
! "docker create" requires at least 1 argument
!
! usage:  docker create [OPTIONS] IMAGE [COMMAND] [ARG...]
!
! create a new container
? 1
= usage errors
! run: no image given (see docker create --help)
? 125
$ docker run -d -it --rm -m 1k box true
! minimum memory limit allowed is 6MB
? 125
= the words of error messages
! memory limit of 1024 bytes is below the minimum of 2097152 bytes (2m)
? 125
$ docker create --stop-timeout x box true
! invalid argument "x" for "--stop-timeout" flag: strconv.ParseInt: parsing "x": invalid syntax
? 125
= the words of error messages
! invalid value "x" for --stop-timeout: not a time such as 5s, 1m30s or 2.5 (seconds)
? 125
$ docker create -l '' box true | wc -l
> 0
! invalid argument "" for "-l, --label" flag: invalid label '': empty name
= the words of error messages
> 0
! invalid value "" for --label: there is no name before the =
$ docker create -l =x box true | wc -l
> 0
! invalid argument "=x" for "-l, --label" flag: invalid label '=x': empty name
= the words of error messages
> 0
! invalid value "=x" for --label: there is no name before the =
$ docker create --label-file nosuch box true
! open nosuch: no such file or directory
? 125
= the words of error messages
! read the --label-file: open nosuch: no such file or directory
? 125
$ printf 'a=b\n# no\nc\n' >labels; docker create --name labelled --label-file labels -l d=e=f -l g box true >/dev/null; docker inspect -f '{{json .Config.Labels}}' labelled
> {"a":"b","d":"e=f","g":""}
$ docker logs -f
! "docker logs" requires exactly 1 argument
!
! usage:  docker logs [OPTIONS] CONTAINER
!
! fetch the logs of a container
? 1
= usage errors
! logs: no container given (see docker logs --help)
? 125
$ docker attach --detach-keys '' x1
! no such container: x1
? 1
$ docker kill -s '' x1
! cannot kill container: x1: No such container: x1
? 1
= usage errors
! invalid value "" for --signal: not a signal such as SIGTERM, INT or 15 (see docker kill --help)
? 125
$ docker wait ''
! page not found
? 1
= the words of error messages
! no such container:
? 1
$ docker nosuch
! 'nosuch' is not a docker command
! see 'docker --help'
? 1
= usage errors
! unknown command "nosuch" (see docker --help)
? 125
$ docker container >/dev/null 2>&1; echo $?
> 0
$ docker ps --filter
! flag needs an argument: --filter
? 125
= usage errors
! flag needs an argument: --filter (see docker ps --help)
? 125
$ docker ps -aq | xargs docker rm >/dev/null; docker ps -aq
