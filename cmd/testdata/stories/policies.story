# Restart policies.
$ docker run -d --name no --restart no box false && docker wait no && docker inspect -f '{{.RestartCount}} {{.HostConfig.RestartPolicy}}' no
> ID1
> 1
> 0 {no 0}
$ docker run -d --name fails --restart on-failure:2 box sh -c 'echo run; exit 3'
> ID1
$ awaits 'docker inspect -f "{{.State.Status}} {{.RestartCount}}" fails | grep "exited 2"'
$ docker logs fails; docker inspect -f '{{.State.ExitCode}} {{.HostConfig.RestartPolicy}}' fails
> run
> run
> run
> 3 {on-failure 2}
$ docker start fails; awaits 'docker logs fails | wc -l | grep 6'; awaits 'docker inspect -f "{{.State.Status}}" fails | grep exited'; docker inspect -f '{{.RestartCount}}' fails
> fails
> 2
$ docker run -d --name works --restart on-failure box true && docker wait works && docker inspect -f '{{.State.Status}} {{.RestartCount}}' works
> ID1
> 0
> exited 0
$ docker run -d --name always --restart always box sh -c 'echo run; sleep 0.2; exit 1'
> ID1
$ awaits 'test $(docker logs always | wc -l) -ge 3'; docker inspect -f '{{.HostConfig.RestartPolicy}}' always
> {always 0}
$ docker stop -t 0 always; docker inspect -f '{{.State.Status}}' always
> always
> exited
$ docker logs always | wc -l >before; sleep 1; docker logs always | wc -l | cmp - before
$ docker rm -f always
> always
$ docker run -d --name unless --restart unless-stopped box serve && awaits 'docker logs unless | grep ready'
> ID1
$ docker exec unless kill -TERM 1; awaits 'docker logs unless | grep -c ready | grep 2'; docker inspect -f '{{.RestartCount}}' unless
> 1
$ docker kill unless; sleep 0.5; docker inspect -f '{{.State.Status}} {{.State.ExitCode}}' unless
> unless
> exited 137
$ docker start unless; docker inspect -f '{{.State.Status}}' unless; docker restart -t 1 unless; docker inspect -f '{{.State.Status}} {{.RestartCount}}' unless; docker rm -f unless
> unless
> running
> unless
> running 0
> unless
$ docker run -d --restart nosuch box true
! invalid restart policy 'nosuch'
? 125
= the words of error messages
! invalid value "nosuch" for --restart: none of no, on-failure[:MAX], always and unless-stopped
? 125
$ docker run -d --restart on-failure:x box true
! maximum retry count must be an integer
? 125
= the words of error messages
! invalid value "on-failure:x" for --restart: maximum retry count must be an integer
? 125
$ docker run -d --restart on-failure:-1 box true
! maximum retry count cannot be negative
? 125
= the words of error messages
! invalid value "on-failure:-1" for --restart: maximum retry count cannot be negative
? 125
$ docker run -d --restart always:3 box true
! maximum retry count cannot be used with restart policy 'always'
? 125
= the words of error messages
! invalid value "always:3" for --restart: maximum retry count cannot be used with restart policy 'always'
? 125
$ docker create --name empty --restart '' box true >/dev/null && docker inspect -f '{{.HostConfig.RestartPolicy}}' empty
> { 0}
= fields of `inspect`
> {no 0}
$ docker ps -a --format '{{.Names}}'
> empty
> works
> fails
> no
$ docker run -d --name nocommand --restart always box /no/such 2>/dev/null; docker inspect -f '{{.State.Status}} {{.RestartCount}}' nocommand
> ID1
> created 0
= a container whose command cannot be executed
! no such object: nocommand
? 1
$ docker rm -f no fails works empty nocommand
> no
> fails
> works
> empty
> nocommand
= `rm --force` of what is not there
> no
> fails
> works
> empty
$ docker run -d --name loop --restart always box false; awaits 'docker ps --filter name=loop --format "{{.Status}}" | grep Restarting'
> ID1
$ awaits 'docker inspect -f "{{.State.Status}} {{.State.Restarting}} {{.State.Running}}" loop | grep "restarting true true"'
$ docker stop -t 0 loop; docker inspect -f '{{.State.Status}}' loop
> loop
> exited
$ docker rm loop
> loop
$ docker run -d --name waited --restart on-failure:1 box sh -c 'exit 4' >/dev/null; docker wait waited; docker rm -f waited
> 4
> waited

# Stopping.
$ docker run -d --name sig --stop-signal INT box serve && awaits 'docker logs sig | grep ready'
> ID1
$ docker stop sig; docker logs sig; docker inspect -f '{{.State.ExitCode}} {{.Config.StopSignal}}' sig; docker rm sig
> sig
> ready
> interrupted
> 4 INT
> sig
$ docker run -d --name sig --stop-signal HUP --stop-timeout 1 box serve && awaits 'docker logs sig | grep ready'
> ID1
$ docker stop sig; docker logs sig; docker inspect -f '{{.State.ExitCode}} {{.Config.StopTimeout}}' sig
> sig
> ready
> reloaded
> 137 1
$ docker start sig; awaits 'docker logs sig | grep -c ready | grep 2'; docker stop -t 0 sig; docker inspect -f '{{.State.ExitCode}}' sig; docker rm sig
> sig
> sig
> 137
> sig
$ docker create --name sig --stop-signal NOSUCH box true; docker ps -aq | xargs -r docker rm >/dev/null
! invalid signal: NOSUCH
= the words of error messages
! invalid value "NOSUCH" for --stop-signal: not a signal such as SIGTERM, INT or 15
$ docker run -d --name unwilling box sleep 1000; docker stop -t 1 unwilling; docker inspect -f '{{.State.ExitCode}}' unwilling; docker rm unwilling
> ID1
> unwilling
> 137
> unwilling
$ docker run -d --name unwilling box sh -c 'trap "" TERM; echo ready; while :; do sleep 1; done'; awaits 'docker logs unwilling | grep ready'; docker stop -t 1 unwilling; docker inspect -f '{{.State.ExitCode}} {{.State.OOMKilled}}' unwilling; docker rm unwilling
> ID1
> unwilling
> 137 false
> unwilling
$ docker run -d --name one box serve >/dev/null; docker run -d --name two box serve >/dev/null; awaits 'docker logs two | grep ready'; awaits 'docker logs one | grep ready'; docker stop one two; docker start two one; docker restart one two; docker kill two one; docker rm one two
> one
> two
> two
> one
> one
> two
> two
> one
> one
> two
$ docker run -d --name quick box serve >/dev/null; awaits 'docker logs quick | grep ready'; docker restart -t 0 quick; awaits 'docker logs quick | grep -c ready | grep 2'; docker rm -f quick
> quick
> quick

# Health.
$ docker run -d --name well --health-cmd 'test -e /tmp/well' --health-interval 200ms --health-retries 2 box sh -c 'touch /tmp/well; sleep 1000'
> ID1
$ awaits 'docker inspect -f "{{.State.Health.Status}}" well | grep -x healthy'; docker ps --format '{{.Status}}'
> Up SECONDS (healthy)
$ docker ps --filter health=healthy --format '{{.Names}}'
> well
$ docker exec well rm /tmp/well; awaits 'docker inspect -f "{{.State.Health.Status}}" well | grep -x unhealthy'; docker ps --format '{{.Status}}'
> Up SECONDS (unhealthy)
$ docker ps --filter health=unhealthy --format '{{.Names}}'; docker ps --filter health=healthy -q
> well
$ docker inspect -f '{{ge .State.Health.FailingStreak 2}} {{json .Config.Healthcheck.Test}} {{.Config.Healthcheck.Interval}}' well
> true ["CMD-SHELL","test -e /tmp/well"] 200ms
= fields of `inspect`
> true ["CMD-SHELL","test -e /tmp/well"] 200000000
$ docker exec well touch /tmp/well; awaits 'docker inspect -f "{{.State.Health.Status}} {{.State.Health.FailingStreak}}" well | grep "^healthy 0"'
$ docker rm -f well
> well
$ docker run -d --name begin --health-cmd 'echo checked; exit 1' --health-interval 100s --health-start-period 100s box sleep 1000; docker ps --format '{{.Status}}'; docker inspect -f '{{json .State.Health}}' begin; docker rm -f begin
> ID1
> Up SECONDS (health: starting)
> {"Status":"starting","FailingStreak":0,"Log":[]}
> begin
$ docker run -d --name says --health-cmd 'echo checked; sleep 0.2; echo err >&2; exit 5' --health-interval 100ms --health-retries 1 box sleep 1000; awaits 'docker inspect -f "{{.State.Health.Status}}" says | grep unhealthy'
> ID1
$ docker inspect -f '{{with index .State.Health.Log 0}}{{.ExitCode}} {{printf "%q" .Output}}{{end}}' says; docker rm -f says
> 5 "checked\\nerr\\n"
> says
$ docker run -d --name slow --health-cmd 'sleep 100' --health-interval 100ms --health-timeout 300ms --health-retries 1 box sleep 1000; awaits 'docker inspect -f "{{.State.Health.Status}}" slow | grep unhealthy'
> ID1
$ docker inspect -f '{{with index .State.Health.Log 0}}{{.ExitCode}} {{.Output}}{{end}}' slow; docker rm -f slow
> -1 Health check exceeded timeout (300ms)
> slow
$ docker run -d --name none --no-healthcheck box sleep 1000; docker inspect -f '{{.State.Health}} {{json .Config.Healthcheck}}' none; docker ps --filter health=none --format '{{.Names}}'; docker rm -f none
> ID1
> <nil> {"Test":["NONE"]}
> none
> none
= fields of `inspect`
> ID1
> <nil> null
> none
> none
$ docker run -d --no-healthcheck --health-cmd true box true
! --no-healthcheck conflicts with --health-* options
? 125
= usage errors
! --no-healthcheck conflicts with --health-* options (see docker run --help)
? 125
$ docker run -d --health-interval -1s box true
! --health-interval cannot be negative
? 125
= the words of error messages
! invalid value "-1s" for --health-interval: not a time such as 5s, 1m30s or 2.5 (seconds)
? 125
$ docker run -d --health-interval 1us box true
! interval in Healthcheck cannot be less than 1ms
? 125
= the words of error messages
! invalid value "1us" for --health-interval: less than 1ms
? 125
$ docker run -d --health-retries -1 box true
! --health-retries cannot be negative
? 125
= the words of error messages
! invalid value "-1" for --health-retries: not a whole number of 0 or more
? 125
$ docker run -d --health-timeout x box true
! invalid argument "x" for "--health-timeout" flag: time: invalid duration "x"
? 125
= the words of error messages
! invalid value "x" for --health-timeout: not a time such as 5s, 1m30s or 2.5 (seconds)
? 125
$ docker ps -aq
