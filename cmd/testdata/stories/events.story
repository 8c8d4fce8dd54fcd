$ date +%s.%N >begin; docker run --name one --label l=m box sh -c 'exit 3'; docker rm one; sleep 1.1; date +%s >end
> one
$ docker events --since $(cat begin) --until $(cat end) --format '{{.Type}} {{.Action}} {{.Actor.Attributes.name}}' --filter type=container
> container create one
> container attach one
> container start one
> container die one
> container destroy one
$ docker events --since $(cat begin) --until $(cat end) --filter type=container --filter event=die --format '{{.Status}} {{.From}} {{.Actor.Attributes.exitCode}} {{.Actor.Attributes.l}} {{.Actor.Attributes.image}}'
> die box 3 m box
$ docker events --since $(cat begin) --until $(cat end) --filter container=one --filter event=start | sed 's/^[^ ]* /TIME /'
> TIME container start ID1 (image=box, l=m, name=one)
$ docker events --since $(cat begin) --until $(cat end) --filter event=create --format '{{json .}}' | tr , '\n' | cut -d: -f1 | tr -d '{"}' | sort | uniq
> Action
> Actor
> Attributes
> Type
> from
> id
> l
> name
> scope
> status
> time
> timeNano
$ docker events --since $(cat begin) --until $(cat end) --filter label=l=m --filter event=destroy --format '{{.Action}}'
> destroy
$ docker events --since $(cat begin) --until $(cat end) --filter label=nosuch
$ docker events --since $(cat begin) --until $(cat end) --filter container=nosuch
$ docker events --since $(cat begin) --until $(cat end) --filter image=box --format '{{.Action}}' --filter type=container
> create
> attach
> start
> die
> destroy
$ docker events --since nonsense --until 0
! failed to parse value as time or duration: "nonsense"
? 1
= usage errors
! invalid value "nonsense" for --since: neither a duration such as 24h nor a time such as TIME (see docker events --help)
? 125
$ docker events --format '{{' --since 0 --until 1
! error parsing format: template: :1: unclosed action
? 64
= usage errors
! --format: 1: unclosed action
? 125
$ docker events extra
! "docker events" accepts no arguments
!
! usage:  docker events [OPTIONS]
!
! get real time events from the server
? 1
= usage errors
! events: there is one argument too many: "extra" (see docker events --help)
? 125

# The whole life of one.
$ date +%s.%N >begin; docker run -d --name two box serve >/dev/null; awaits 'docker logs two | grep ready'; docker pause two; docker unpause two; docker kill -s HUP two; docker exec two true; docker rename two three; docker update --cpu-shares 100 three; docker restart -t 1 three; docker stop -t 1 three; docker cp three:/etc/passwd - >/dev/null; docker export three >/dev/null; docker commit three new >/dev/null; docker rm three; sleep 1.1; date +%s >end
> two
> two
> two
> three
> three
> three
> three
$ docker events --since $(cat begin) --until $(cat end) --filter type=container --format '{{.Action}} {{.Actor.Attributes.name}} {{.Actor.Attributes.signal}}'
> create two <no value>
> start two <no value>
> pause two <no value>
> unpause two <no value>
> kill two 1
> exec_create: true  two <no value>
> exec_start: true  two <no value>
> exec_die two <no value>
> rename three <no value>
> update three <no value>
> kill three 15
> die three <no value>
> stop three <no value>
> start three <no value>
> restart three <no value>
> kill three 15
> die three <no value>
> stop three <no value>
> archive-path three <no value>
> export three <no value>
> commit three <no value>
> destroy three <no value>
= `events`
> create two <no value>
> start two <no value>
> pause two <no value>
> unpause two <no value>
> kill two 1
> exec_create: true two <no value>
> exec_start: true two <no value>
> exec_die two <no value>
> rename three <no value>
> update three <no value>
> die three <no value>
> stop three <no value>
> start three <no value>
> die three <no value>
> stop three <no value>
> archive-path three <no value>
> export three <no value>
> commit three <no value>
> destroy three <no value>
$ date +%s.%N >begin; docker run -d --name lives box serve >/dev/null; docker rm -f lives; docker run --rm --name gone box true; sleep 1.1; docker events --since $(cat begin) --until $(date +%s) --filter type=container --format '{{.Action}} {{.Actor.Attributes.name}} {{.Actor.Attributes.exitCode}}'
> lives
> create lives <no value>
> start lives <no value>
> kill lives <no value>
> die lives 137
> destroy lives <no value>
> create gone <no value>
> attach gone <no value>
> start gone <no value>
> die gone 0
> destroy gone <no value>
= `events`
> lives
> create lives <no value>
> start lives <no value>
> die lives 137
> destroy lives <no value>
> create gone <no value>
> attach gone <no value>
> start gone <no value>
> die gone 0
> destroy gone <no value>
$ date +%s.%N >begin; docker run -d --name fails --restart on-failure:1 box false >/dev/null; awaits 'docker inspect -f "{{.State.Status}} {{.RestartCount}}" fails | grep "exited 1"'; sleep 1.1; docker events --since $(cat begin) --until $(date +%s) --filter type=container --format '{{.Action}}'; docker rm fails
> create
> start
> die
> start
> die
> fails
$ date +%s.%N >begin; docker run -d --name sick --health-cmd false --health-interval 100ms --health-retries 1 box sleep 1000 >/dev/null; awaits 'docker inspect -f "{{.State.Health.Status}}" sick | grep unhealthy'; sleep 1.1; docker events --since $(cat begin) --until $(date +%s) --filter event=health_status --format '{{.Action}}' | head -1; docker rm -f sick
> health_status: unhealthy
> sick
$ date +%s.%N >begin; docker volume create vol; docker run --rm -v vol:/x box true; docker volume rm vol; sleep 1.1; docker events --since $(cat begin) --until $(date +%s) --filter type=volume --format '{{.Action}} {{.Actor.ID}} {{.Actor.Attributes.driver}}'
> vol
> vol
> create vol local
> create vol local
> mount vol local
> unmount vol local
> destroy vol local
= `events`
> vol
> vol
> create vol local
> destroy vol local

# Live.
$ date +%s.%N >begin; timeout 30 docker events --since $(cat begin) --filter container=live --format '{{.Action}}' >out & docker run --name live box true; docker rm live; awaits 'grep destroy out'; kill $!; wait $!; cat out
> live
> create
> attach
> start
> die
> destroy
! terminated
= `events`
> live
> create
> attach
> start
> die
> destroy
! events: given up because of SIGTERM

# top and stats.
$ docker run -d --name web box sh -c 'sleep 1000 & sleep 2000 & echo ready; wait' >/dev/null; awaits 'docker top web | grep 2000'
$ docker top web | sed 's/  */ /g' | head -1
> UID PID PPID C STIME TTY TIME CMD
$ docker top web | awk '{ print $8, $9, $10 }' | sort
> CMD
> sh -c sleep
> sleep 1000
> sleep 2000
$ docker top web -o pid,comm | sed 's/  */ /g;s/^[0-9]* //' | sort
> PID COMMAND
> sh
> sleep
> sleep
$ docker top web -eo pid,args | awk '{ print $2, $3 }' | sort
> COMMAND
> sh -c
> sleep 1000
> sleep 2000
$ docker top web aux | head -1 | sed 's/  */ /g'
> USER PID %CPU %MEM VSZ RSS TTY STAT START TIME COMMAND
$ docker top web nonsense
! ps: error: unknown user-defined format specifier "nsense"
? 1
= the words of error messages
! ps nonsense: exit status 1: error: unknown user-defined format specifier "nsense"
? 1
$ docker top nosuch
! no such container: nosuch
? 1
$ docker top
! "docker top" requires at least 1 argument
!
! usage:  docker top CONTAINER [ps OPTIONS]
!
! display the running processes of a container
? 1
= usage errors
! top: no container given (see docker top --help)
? 125
$ docker stats --no-stream web | head -1 | sed 's/  */ /g'
> CONTAINER ID NAME CPU % MEM USAGE / LIMIT MEM % NET I/O BLOCK I/O PIDS
$ docker stats --no-stream web | awk 'NR > 1 { print $2, NF }'
> web 14
$ docker stats --no-stream --format '{{.Name}} {{.PIDs}}' web
> web 3
$ docker stats --no-stream --format '{{.Name}} {{.CPUPerc}} {{.MemUsage}} {{.MemPerc}} {{.NetIO}} {{.BlockIO}}' web | sed 's/[0-9][0-9.]*/N/g;s/[kKMG]\?i\?B/B/g'
> web N% NB / NB N% NB / NB NB / NB
$ docker stats --no-stream --format 'table {{.Container}}\t{{.PIDs}}' web | sed 's/  */ /g'
> CONTAINER PIDS
> web 3
$ docker stats --no-stream --format '{{.Container}} {{.ID}}' web | awk '{ print $1, length($2) }'
> web 12
$ docker stats --no-stream --no-trunc --format '{{.ID}}' web | awk '{ print length($1) }'
> 64
= ids
> 12
$ docker stats --no-stream --format '{{.Name}}'
> web
$ docker stats --no-stream nosuch
! no such container: nosuch
? 1
$ docker stats --no-stream --format '{{.NoSuch}}' web
! template parsing error: template: :1:2: executing "" at <.NoSuch>: can't evaluate field NoSuch in type *container.statsContext
? 1
= the words of error messages
! --format: can't evaluate field NoSuch: there are BlockIO, CPUPerc, Container, ID, MemPerc, MemUsage, Name, NetIO, PIDs
? 1
$ docker pause web; docker top web -o pid,comm | wc -l; docker stats --no-stream --format '{{.Name}} {{.PIDs}}' web; docker unpause web
> web
> 4
> web 3
> web
$ docker stop -t 0 web; docker top web; docker stats --no-stream --format '{{.Name}} {{.PIDs}} {{.CPUPerc}}' web; docker stats --no-stream -a --format '{{.Name}} {{.PIDs}}'; docker stats --no-stream --format '{{.Name}}'; docker rm web
> web
> web 0 0.00%
> web 0
> web
! container ID1 is not running
