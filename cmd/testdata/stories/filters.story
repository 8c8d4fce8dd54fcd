# Filters and formats of ps, volume ls, inspect.
$ docker run --name e0 -l a=1 -l b=2 box true; docker run --name e3 -l a=1 -l c= box sh -c 'exit 3'; docker create --name new -l b=2 -v vol:/data box true >/dev/null; docker run -d --name up -l a=2 -v vol:/vol -v $PWD:/host box serve >/dev/null
$ docker ps -a --filter label=a --filter label=b --format '{{.Names}}'
> e0
$ docker ps -a --filter label=a=1 --filter label=b=2 --format '{{.Names}}'
> e0
$ docker ps -a --filter label=a=1 --filter label=a=2 --format '{{.Names}}'
$ docker ps -a --filter label=c= --format '{{.Names}}'
> e3
$ docker ps -a --filter label=a= --format '{{.Names}}'
$ docker ps -a --filter label=A --format '{{.Names}}'
$ docker ps -a --filter label= --format '{{.Names}}'
$ docker ps -a --filter label!=a --format '{{.Names}}'
! invalid filter 'label!'
? 1
= usage errors
! invalid value "label!=a" for --filter: there are ancestor, before, exited, expose, health, id, is-task, label, name, network, publish, since, status, volume (see docker ps --help)
? 125
$ docker ps -a --filter status=exited --filter exited=3 --format '{{.Names}}'
> e3
$ docker ps -a --filter exited=3 --filter exited=0 --format '{{.Names}}'
> e3
> e0
$ docker ps -a --filter status=running --filter status=exited --filter label=a=1 --format '{{.Names}}'
> e3
> e0
$ docker ps --filter status=exited --filter name=e --format '{{.Names}}'
> e3
> e0
$ docker ps -a --filter status=Exited --format '{{.Names}}'
! invalid filter 'status=Exited'
? 1
= usage errors
! invalid value "Exited" for the filter status: there are created, restarting, running, removing, paused, exited, dead (see docker ps --help)
? 125
$ docker ps -a --filter status= --format '{{.Names}}'
! invalid filter 'status='
? 1
= usage errors
! invalid value "" for the filter status: there are created, restarting, running, removing, paused, exited, dead (see docker ps --help)
? 125
$ docker ps -a --filter name= --format '{{.Names}}'
> up
> new
> e3
> e0
$ docker ps -a --filter id= --format '{{.Names}}'
$ docker ps -a --filter name=E --format '{{.Names}}'
$ docker ps -a --filter 'name=^e[0-3]$' --format '{{.Names}}'
> e3
> e0
$ docker ps -a --filter name=/up --format '{{.Names}}'
> up
$ docker ps -a --filter name=e0 --filter label=a=2 --format '{{.Names}}'
$ id=$(docker ps -q); docker ps -a --filter id=$(echo $id | cut -c1-4) --format '{{.Names}}' | grep -x up; docker ps -a --filter id=$(echo $id | cut -c3-9) --format '{{.Names}}'
> up
$ id=$(docker ps -q); docker ps -a --filter id=$(echo $id | cut -c3-9) --filter name=up --format '{{.Names}}'; docker ps -a --filter id=$(echo $id | cut -c1-9) --filter name=e0 --format '{{.Names}}'
$ docker ps -a --filter since=e0 --filter label=a --format '{{.Names}}'
> up
> e3
$ docker ps -a --filter before=up --filter since=e3 --format '{{.Names}}'
> new
$ docker ps -a --filter before=e0 --format '{{.Names}}'
$ docker ps -a --filter since=up --format '{{.Names}}'
$ docker ps --filter since=e0 --format '{{.Names}}'
> up
$ docker ps -a --filter volume=vol --format '{{.Names}}'
> up
> new
$ docker ps -a --filter volume=vol --filter volume=/host --format '{{.Names}}'
> up
> new
$ docker ps -a --filter volume=/vol --filter status=running --format '{{.Names}}'
> up
$ docker ps -a --filter volume=$PWD --format '{{.Names}}'
> up
$ docker ps -a --filter ancestor=box --filter ancestor=nosuch --filter label=b --format '{{.Names}}'
> new
> e0
$ docker ps -a --filter ancestor=$(docker inspect -f '{{.Image}}' up) --filter status=created --format '{{.Names}}'
> new
$ docker ps -a --filter health=starting --format '{{.Names}}'
$ docker ps -a --filter health=nosuch --format '{{.Names}}' 2>&1 | grep -c .
> 1
$ docker ps -a --filter is-task=true --format '{{.Names}}'
$ docker ps -a --filter is-task=maybe --format '{{.Names}}' 2>&1 | grep -c .
> 1
$ docker ps -a --filter expose=80 --format '{{.Names}}'
$ docker ps -a --filter publish=nonsense --format '{{.Names}}' >/dev/null 2>&1; test $? -ne 0 && echo refused
> refused
$ docker ps -a -f name=e0 -f name=new --format '{{.Names}}'
> new
> e0
$ docker ps -a --filter 'name = e0' --format '{{.Names}}'
> e0
$ docker ps -a --filter NAME=e0 --format '{{.Names}}'
> e0
$ docker ps -a --filter '' --format '{{.Names}}'
> up
> new
> e3
> e0
= usage errors
! invalid value "" for --filter: it is KEY=VALUE (see docker ps --help)
? 125
$ docker ps -a --filter =x
! invalid filter ''
? 1
= usage errors
! invalid value "=x" for --filter: there are ancestor, before, exited, expose, health, id, is-task, label, name, network, publish, since, status, volume (see docker ps --help)
? 125
$ docker ps -n 1 --filter label=a=1 --format '{{.Names}}'
> e3
$ docker ps -n 3 --filter status=exited --format '{{.Names}}'
> e3
> e0
$ docker ps -l --filter name=e --format '{{.Names}}'
> new
$ docker ps -n x
! invalid argument "x" for "-n, --last" flag: strconv.ParseInt: parsing "x": invalid syntax
? 125
= usage errors
! invalid value "x" for -n: strconv.ParseInt: parsing "x": invalid syntax (see docker ps --help)
? 125
$ docker ps -l -n 2 --format '{{.Names}}'
> up
> new
$ docker ps -aq --filter name=e3 --no-trunc | wc -l
> 1
$ docker ps -a --format '{{.Names}}|{{.Labels}}|{{.Mounts}}|{{.LocalVolumes}}' --filter label=a=1 --filter label=b
> e0|a=1,b=2||0
$ docker ps -a --format '{{.Label "c"}}|{{.Label "nosuch"}}|' --filter name=e3
> ||
$ docker ps -a --filter name=new --format 'table {{.Names}}\t{{.Label "b"}}\t{{.State}}'
> NAMES   b   STATE
> new   2   created
$ docker ps -a --filter name=nosuch --format 'table {{.Names}}\t{{.Image}}'
> NAMES   IMAGE
$ docker ps -a --filter name=nosuch --format '{{.Names}}'
$ docker ps -a --filter name=nosuch | wc -l
> 1
$ docker ps --format table | awk '{ print $1, $NF }'
> CONTAINER NAMES
> ID1 up
$ docker ps --format raw | cut -d: -f1
> container_id
> image
> command
> created_at
> state
> status
> names
> labels
> ports
>
= `--format raw` of lists
! --format raw is not there: table, table TEMPLATE, json and templates are
$ docker ps -q --format raw | cut -d: -f1
> container_id
= `--format raw` of lists
! --format raw is not there: table, table TEMPLATE, json and templates are
$ docker ps --format '' | wc -l
> 2
$ docker ps --format '{{json .}}' | tr , '\n' | sed 's/":.*//; s/[{"]//g' | grep -xE 'Command|ID|Image|Names|State|Status' | sort
> Command
> ID
> Image
> Names
> State
> Status
$ docker ps -a --filter name=new --format '{{.Names}}\t{{.Image}}\n'
> new\tbox
>
$ docker ps -a --filter name=new --format 'plain text'
> plain text
$ docker ps -a --filter name=new --format '{{if eq .State "created"}}made{{else}}other{{end}} {{len .ID}}'
> made 12
$ docker ps -a --filter name=new --format '{{split .Names "e"}} {{join (split "a,b" ",") "-"}} {{title .State}} {{println .Image}}'
> [n w] a-b Created box
>
$ docker ps -a --filter name=new --format '{{nosuch .Names}}' 2>&1 | grep -c 'function "nosuch" not defined'
> 1

# The same name for a container, a volume and an image.
$ docker create --name same box true >/dev/null; docker volume create same >/dev/null; docker tag box same
$ docker inspect -f '{{.Name}}' same
> /same
$ docker inspect --type container -f '{{.Name}}' same
> /same
$ docker inspect --type image -f '{{.Os}}' same
> linux
$ docker inspect --type volume -f '{{.Name}} {{.Driver}}' same
> same local
$ docker inspect --type '' -f '{{.Name}}' same
> /same
$ docker inspect --type Container same
! "Container" is not a valid value for --type
? 1
= usage errors
! invalid value "Container" for --type: there are container, image and volume (see docker inspect --help)
? 125
$ docker inspect --type volume -f '{{.Name}}' same nosuch vol
> same
> vol
! no such volume: nosuch
? 1
$ docker inspect --type image -f '{{.Os}}' nosuch box same
> linux
> linux
! no such image: nosuch
? 1
$ docker inspect --type container -f '{{.Name}}' up box e0
> /up
> /e0
! no such container: box
? 1
$ docker inspect -f '{{.Name}}' up vol
> /up
> vol
$ docker inspect -s --type image -f '{{.Os}}' same
> linux
! wARNING: --size ignored for image
$ docker inspect -s --type volume -f '{{.Name}}' same
> same
! wARNING: --size ignored for volume
$ docker inspect -f '{{.Config.Labels.a}} {{index .Config.Labels "b"}} {{.Config.Labels.nosuch}}|{{index .Config.Labels "nosuch"}}|' e0
> 1 2 <no value>||
$ docker inspect -f '{{index .Args 5}}' e3
>
! template parsing error: template: :1:2: executing "" at <index .Args 5>: error calling index: index out of range: 5
? 1
= usage errors
! --format: 1:2: executing "--format" at <index .Args 5>: error calling index: index out of range: 5
? 125
$ docker inspect -f '{{range .Args}}<{{.}}>{{else}}none{{end}}' e3 e0
> <-c><exit 3>
> none
$ docker inspect -f '{{range $i, $a := .Args}}{{$i}}={{$a}} {{end}}' e3
> 0=-c 1=exit 3
$ docker inspect -f '{{eq .State.Status "exited"}} {{ne .State.ExitCode 0}} {{and .State.Running .State.Paused}} {{not .State.Running}}' e0 e3
> true false false true
> true true false true
$ docker inspect -f '{{printf "%-8s|%03d" .State.Status .State.ExitCode}}' e3
> exited  |003
$ docker inspect -f '{{with .HostConfig}}{{.Memory}} {{.RestartPolicy.Name}}{{end}}' e0
> 0 no
$ docker inspect -f '{{range .Mounts}}{{.Type}}:{{.Destination}}:{{.RW}} {{end}}' new
> volume:/data:true
$ docker inspect -f '{{json .Config.Labels}}{{json .State.ExitCode}}{{json .State.Running}}' e0
> {"a":"1","b":"2"}0false
$ docker inspect -f '{{println .Name}}{{println .Path}}' e0
> /e0
> true
>
$ docker inspect -f '' e0 | head -1
> [
$ docker inspect -f 'plain' e0 e3
> plain
> plain
$ docker inspect -f '{{.Name' e0 >/dev/null 2>&1; test $? -ne 0 && echo refused
> refused
$ docker inspect -f '{{.Name | nosuch}}' e0 2>&1 | grep -c 'function "nosuch" not defined'
> 1
$ docker inspect --format={{.Name}} /e0
> /e0
$ docker inspect -f '{{.State.Pid}} {{.State.StartedAt}} {{.State.FinishedAt}}' new
> 0 0001-01-01T00:00:00Z 0001-01-01T00:00:00Z
$ docker container inspect -f '{{.Name}}' same; docker image inspect -f '{{.Os}}' same; docker volume inspect -f '{{.Name}}' same
> /same
> linux
> same
$ docker image inspect -f '{{.Os}}' nosuch same
> linux
! no such image: nosuch
? 1
$ docker image inspect nosuch
> []
! no such image: nosuch
? 1
$ docker rm -f e0 e3 new up same | wc -l; docker volume rm vol same; docker rmi same | cut -d: -f1
> 5
> vol
> same
> Untagged

# Volumes.
$ docker volume create --label a=1 --label b=2 one >/dev/null; docker volume create --label a=2 two >/dev/null; docker volume create --label c three >/dev/null; docker create --name user -v two:/x box true >/dev/null
$ docker volume ls -q --filter label=a
> one
> two
$ docker volume ls -q --filter label=a=1
> one
$ docker volume ls -q --filter label=a --filter label=b
> one
$ docker volume ls -q --filter label=a=1 --filter label=a=2
$ docker volume ls -q --filter label=c=
> three
$ docker volume ls -q --filter label=c=x
$ docker volume ls -q --filter label!=a
! invalid filter 'label!'
? 1
= usage errors
! invalid value "label!=a" for --filter: there are dangling, driver, label, name (see docker volume ls --help)
? 125
$ docker volume ls -q --filter name=t
> three
> two
$ docker volume ls -q --filter name=one --filter name=two
> one
> two
$ docker volume ls -q --filter name=^t
> three
> two
$ docker volume ls -q --filter name=t --filter label=a
> two
$ docker volume ls -q --filter dangling=true --filter label=a
> one
$ docker volume ls -q --filter dangling=1
> one
> three
$ docker volume ls -q --filter dangling=0
> two
$ docker volume ls -q --filter dangling=maybe
! invalid filter 'dangling=[maybe]'
? 1
= usage errors
! invalid value "maybe" for the filter dangling: neither true nor false (see docker volume ls --help)
? 125
$ docker volume ls -q --filter driver=local --filter driver=nosuch
> one
> three
> two
$ docker volume ls -q --filter driver=nosuch
$ docker volume ls -q --filter ''
> one
> three
> two
= usage errors
! invalid value "" for --filter: it is KEY=VALUE (see docker volume ls --help)
? 125
$ docker volume ls --format '{{.Name}}|{{.Labels}}|{{.Label "a"}}|{{.Driver}}|{{.Scope}}'
> one|a=1,b=2|1|local|local
> three|c=||local|local
> two|a=2|2|local|local
$ docker volume ls --format 'table {{.Name}}\t{{.Label "a"}}'
> VOLUME NAME   a
> one   1
> three
> two   2
$ docker volume ls --format raw
> name: one
> driver: local
>
> name: three
> driver: local
>
> name: two
> driver: local
>
= `--format raw` of lists
! --format raw is not there: table, table TEMPLATE, json and templates are
? 125
$ docker volume ls --format table
> DRIVER   VOLUME NAME
> local   one
> local   three
> local   two
$ docker volume ls --format '{{json .}}' | grep -c '"Name":"one"'
> 1
$ docker volume ls --format '{{.NoSuch}}' >/dev/null 2>&1; test $? -ne 0 && echo refused
> refused
$ docker volume ls --filter name=nosuch
> DRIVER   VOLUME NAME
$ docker volume list -q; docker volume ls extra >/dev/null 2>&1; echo $?
> one
> three
> two
> 1
= usage errors
> one
> three
> two
> 125
$ docker volume create --label a=9 one; docker volume inspect -f '{{json .Labels}}' one two three
> one
> {"a":"1","b":"2"}
> {"a":"2"}
> {"c":""}
$ docker volume inspect -f '{{.Mountpoint}}' one | grep -c /one/_data; docker volume inspect one two | grep -c '"Scope": "local"'
> 1
> 2
$ docker volume create --label '' four
! invalid argument "" for "--label" flag: invalid label '': empty name
? 125
= usage errors
! invalid value "" for --label: there is no name before the = (see docker volume create --help)
? 125
$ docker volume create --label =x four
! invalid argument "=x" for "--label" flag: invalid label '=x': empty name
? 125
= usage errors
! invalid value "=x" for --label: there is no name before the = (see docker volume create --help)
? 125
$ docker volume create -o nosuch=x four
! create four: invalid option: "nosuch"
? 1
$ docker volume create -o type=nosuch four
! create four: missing required option: "device"
? 1
$ docker volume create -o device=/tmp four
! create four: missing required option: "type"
? 1
$ docker volume create --driver local --opt type=none --opt o=bind --opt device=$PWD four; docker volume inspect -f '{{.Options.type}} {{.Options.o}}' four
> four
> none bind
$ docker volume rm two nosuch
! remove two: volume is in use - [ID1]
! no such volume: nosuch
? 1
= the words of error messages
! remove two: volume is in use - [ID1]
! get nosuch: no such volume
? 1
$ docker volume prune -f --filter label=c
> Deleted Volumes:
> three
>
> Total reclaimed space: 0B
= `volume prune`
> Total reclaimed space: 0B
$ docker volume prune -f --filter label!=a | grep -c three
> 0
? 1
$ docker volume ls -q
> four
> one
> two
= `volume prune`
> four
> one
> three
> two
$ docker rm user; docker volume rm one two three four | wc -l; docker volume ls -q
> user
> 3
! no such volume: three
= `volume prune`
> user
> 4
