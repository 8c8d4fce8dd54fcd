$ docker create --name created --label a=b --label c=d box true >/dev/null; docker run --name ended box sh -c 'exit 3'; docker run -d --name running --label a=x box serve ready >/dev/null; docker run -d --name paused --label a box serve >/dev/null; docker pause paused
> paused
$ docker ps --format '{{.Names}}'
> paused
> running
$ docker ps -a --format '{{.Names}}'
> paused
> running
> ended
> created
$ docker ps -a --format 'table {{.Names}}\t{{.Image}}\t{{.Command}}\t{{.Status}}'
> NAMES   IMAGE   COMMAND   STATUS
> paused   box   "serve"   Up SECONDS (Paused)
> running   box   "serve ready"   Up SECONDS
> ended   box   "sh -c 'exit 3'"   Exited (3) SECONDS ago
> created   box   "true"   Created
$ docker ps -a --format '{{.Names}} {{.State}} {{.Networks}} {{.Ports}} {{.Mounts}} {{.LocalVolumes}}'
> paused paused bridge   0
> running running bridge   0
> ended exited bridge   0
> created created bridge   0
= a container's network
> paused paused none   0
> running running none   0
> ended exited none   0
> created created none   0
$ docker ps -a --format '{{.Names}}: {{.Label "a"}} {{.Label "c"}}'
> paused:
> running: x
> ended:
> created: b d
$ docker ps -a --format '{{json .Names}} {{.RunningFor}} {{.CreatedAt}}'
> "paused" SECONDS ago TIME
> "running" SECONDS ago TIME
> "ended" SECONDS ago TIME
> "created" SECONDS ago TIME
$ docker ps -l --format '{{.Names}}'
> paused
$ docker ps -n 2 --format '{{.Names}}'
> paused
> running
$ docker ps -n 0 --format '{{.Names}}'
> paused
> running
$ docker ps -n -1 --format '{{.Names}}'
> paused
> running
$ docker ps --last 3 -q | wc -l
> 3
$ docker ps -q | awk '{ print length($1) }'
> 12
> 12
$ docker ps -q --no-trunc | awk '{ print length($1) }'
> 64
> 64
= ids
> 12
> 12
$ docker ps | sed 's/  *$//' | head -1
> CONTAINER ID   IMAGE   COMMAND   CREATED   STATUS   PORTS   NAMES
$ docker ps -a | awk '{ print $NF }'
> NAMES
> paused
> running
> ended
> created
$ docker ps --no-trunc --format '{{.Command}}'
> "serve"
> "serve ready"
$ docker ps -s --format '{{.Names}} {{.Size}}' | sed 's/[0-9.]*k\?M\?B/SIZE/g'
> paused SIZE (virtual SIZE)
> running SIZE (virtual SIZE)
$ docker ps -a -s | head -1 | sed 's/  */ /g'
> CONTAINER ID IMAGE COMMAND CREATED STATUS PORTS NAMES SIZE
$ docker ps -a --format '{{.Names}}' --filter status=exited
> ended
$ docker ps --format '{{.Names}}' --filter status=exited
> ended
$ docker ps --format '{{.Names}}' --filter status=created --filter status=exited
> ended
> created
$ docker ps --format '{{.Names}}' --filter status=running
> running
$ docker ps --format '{{.Names}}' --filter status=paused
> paused
$ docker ps --format '{{.Names}}' --filter status=dead
$ docker ps --format '{{.Names}}' --filter status=nosuch
! invalid filter 'status=nosuch'
? 1
= usage errors
! invalid value "nosuch" for the filter status: there are created, restarting, running, removing, paused, exited, dead (see docker ps --help)
? 125
$ docker ps -a --format '{{.Names}}' --filter exited=3
> ended
$ docker ps -a --format '{{.Names}}' --filter exited=0
$ docker ps -a --format '{{.Names}}' --filter exited=x
! strconv.Atoi: parsing "x": invalid syntax
? 1
= usage errors
! invalid value "x" for the filter exited: not the exit code of a program (see docker ps --help)
? 125
$ docker ps -a --format '{{.Names}}' --filter label=a
> paused
> running
> created
$ docker ps -a --format '{{.Names}}' --filter label=a=b
> created
$ docker ps -a --format '{{.Names}}' --filter label=a --filter label=c=d
> created
$ docker ps -a --format '{{.Names}}' --filter label=nosuch
$ docker ps -a --format '{{.Names}}' --filter name=ed
> paused
> ended
> created
$ docker ps -a --format '{{.Names}}' --filter name=^ended$
> ended
$ docker ps -a --format '{{.Names}}' --filter name=/ended
> ended
$ docker ps -a --format '{{.Names}}' --filter name=^/ended$
> ended
$ docker ps -a --format '{{.Names}}' --filter 'name=(ended|running)'
> running
> ended
$ docker ps -a --format '{{.Names}}' --filter 'name=('
= usage errors
! invalid value "(" for the filter name: error parsing regexp: missing closing ): `(` (see docker ps --help)
? 125
$ docker ps -a --format '{{.Names}}' --filter name=created --filter name=ended
> ended
> created
$ docker ps -a --format '{{.Names}}' --filter id=$(docker ps -aq --filter name=ended)
> ended
$ docker ps -a --format '{{.Names}}' --filter id=nosuch
$ docker ps -a --format '{{.Names}}' --filter ancestor=box
> paused
> running
> ended
> created
$ docker ps -a --format '{{.Names}}' --filter ancestor=box:latest
> paused
> running
> ended
> created
$ docker ps -a --format '{{.Names}}' --filter ancestor=$(docker images -q box)
> paused
> running
> ended
> created
$ docker ps -a --format '{{.Names}}' --filter ancestor=nosuch
$ docker ps -a --format '{{.Names}}' --filter ancestor=boxes
$ docker ps -a --format '{{.Names}}' --filter before=running
> ended
> created
$ docker ps -a --format '{{.Names}}' --filter since=ended
> paused
> running
$ docker ps -a --format '{{.Names}}' --filter since=created --filter before=paused
> running
> ended
$ docker ps -a --format '{{.Names}}' --filter before=nosuch
! no such container nosuch
? 1
= the words of error messages
! no such container: nosuch
? 1
$ docker ps -a --format '{{.Names}}' --filter nosuch=x
! invalid filter 'nosuch'
? 1
= usage errors
! invalid value "nosuch=x" for --filter: there are ancestor, before, exited, expose, health, id, is-task, label, name, network, publish, since, status, volume (see docker ps --help)
? 125
$ docker ps -a --format '{{.Names}}' --filter nosuch
! invalid argument "nosuch" for "-f, --filter" flag: bad format of filter (expected name=value)
? 125
= usage errors
! invalid value "nosuch" for --filter: it is KEY=VALUE (see docker ps --help)
? 125
$ docker ps -a --format '{{.Names}}' --filter network=none
= a container's network
> paused
> running
> ended
> created
$ docker ps -a --format '{{.Names}}' --filter health=none
> paused
> running
> ended
> created
$ docker ps -a --format '{{.Names}}' --filter is-task=false
> paused
> running
> ended
> created
$ docker ps -a --format '{{.Names}}' --filter publish=80
$ docker ps --format '{{.NoSuch}}'
! failed to execute template: template: :1:2: executing "" at <.NoSuch>: can't evaluate field NoSuch in type *formatter.ContainerContext
? 1
= usage errors
! --format: can't evaluate field NoSuch: there are CPUTime, Command, CreatedAt, Error, ExitCode, Health, ID, Image, Labels, Limits, LocalVolumes, Mounts, Names, Networks, OOMKills, PeakMemory, Pid, Ports, Reason, RestartCount, RunningFor, Size, State, Status, StoppedBy
? 125
$ docker ps --format '{{'
! failed to parse template: template: :1: unclosed action
? 1
= usage errors
! --format: 1: unclosed action
? 125
$ docker ps --format '{{.Names}}' --nosuch
! unknown flag: --nosuch
? 125
= usage errors
! unknown flag --nosuch (see docker ps --help)
? 125
$ docker ps extra
! "docker ps" accepts no arguments
!
! usage:  docker ps [OPTIONS]
!
! list containers
? 1
= usage errors
! ps: there is one argument too many: "extra" (see docker ps --help)
? 125
$ docker ps -aq --format '{{.Names}}'
> paused
> running
> ended
> created
$ docker ps -a --format '{{upper .Names}} {{truncate .Image 2}}' | head -1
> PAUSED bo
$ docker ps -a --format json | head -1 | cut -c1-4
> json
= `ps --format`
> {"CP
$ docker container ls --format '{{.Names}}'
> paused
> running
$ docker container list -a --format '{{.Names}}' | wc -l
> 4
$ docker container ps -q | wc -l
> 2
$ docker run -d --name long box sh -c 'echo a very long command; exec sleep 1000' >/dev/null; docker ps -l --format '{{.Command}}'; docker ps -l --no-trunc --format '{{.Command}}'
> "sh -c 'echo a very …"
> "sh -c 'echo a very long command; exec sleep 1000'"
$ docker ps -aq | xargs docker rm -f | wc -l
> 5

# prune.
$ docker create --name created --label keep box true >/dev/null; docker run --name ended box true; docker run -d --name running box serve >/dev/null
$ docker container prune -f --filter label=nosuch
> Total reclaimed space: 0B
$ docker container prune -f --filter label!=keep | sed '/^Total/s/[0-9.]*k\?B$/SIZE/'
> Deleted Containers:
> ID1
>
> Total reclaimed space: SIZE
$ docker ps -a --format '{{.Names}}'
> running
> created
$ docker container prune -f --filter until=10m
> Total reclaimed space: 0B
$ docker container prune -f --filter nosuch=x
! invalid filter 'nosuch'
? 1
= usage errors
! invalid value "nosuch=x" for --filter: there are until, label, label! (see docker container prune --help)
? 125
$ echo n | docker container prune
> WARNING! This will remove all stopped containers.
> Are you sure you want to continue? [y/N] Total reclaimed space: 0B
= `prune` without `--force` where nobody answers
> WARNING! This will remove all stopped containers.
> Are you sure you want to continue? [y/N]\c
! nothing was removed; --force goes on without asking
? 125
$ echo y | docker container prune | sed '/^Total/s/[0-9.]*k\?B$/SIZE/;s/^.*\[y.N\] //'
> WARNING! This will remove all stopped containers.
> Deleted Containers:
> ID1
>
> Total reclaimed space: SIZE
$ docker ps -a --format '{{.Names}}'; docker rm -f running
> running
> running
