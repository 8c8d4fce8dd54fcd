$ docker run -d --name web --label a=b -e X=1 -m 64m --cpus 0.5 --pids-limit 50 --hostname host -w /tmp -u user --read-only --cap-add SYS_TIME --init --stop-timeout 3 --restart on-failure:3 --env Y=2 box serve arg
> ID1
$ docker inspect -f '{{.Name}} {{.Path}} {{.Args}} {{.Image}} {{.Platform}} {{.Driver}} {{.RestartCount}}' web
> /web serve [arg] sha256:ID1 linux overlay2 0
= fields of `inspect`
> /web serve [arg] sha256:ID1 linux overlay 0
$ docker inspect -f '{{.State.Status}} {{.State.Running}} {{.State.Paused}} {{.State.Restarting}} {{.State.OOMKilled}} {{.State.Dead}} {{gt .State.Pid 0}} {{.State.ExitCode}} {{printf "%q" .State.Error}}' web
> running true false false false false true 0 ""
$ docker inspect -f '{{.State.StartedAt}} {{.State.FinishedAt}} {{.Created}}' web
> TIME 0001-01-01T00:00:00Z TIME
$ docker inspect -f '{{.Config.Hostname}} {{.Config.User}} {{.Config.Tty}} {{.Config.OpenStdin}} {{.Config.AttachStdin}} {{.Config.AttachStdout}} {{.Config.StdinOnce}} {{.Config.WorkingDir}} {{.Config.Image}} {{.Config.StopTimeout}}' web
> host user false false false false false /tmp box 3
$ docker inspect -f '{{len .Config.Env}} {{json .Config.Cmd}} {{json .Config.Entrypoint}} {{json .Config.Labels}} {{json .Config.Volumes}}' web
> 3 ["serve","arg"] null {"a":"b"} null
$ docker inspect -f '{{.HostConfig.Memory}} {{.HostConfig.NanoCpus}} {{.HostConfig.PidsLimit}} {{.HostConfig.ReadonlyRootfs}} {{.HostConfig.CapAdd}} {{.HostConfig.Init}} {{.HostConfig.AutoRemove}} {{.HostConfig.Privileged}}' web
> 67108864 500000000 50 true [SYS_TIME] true false false
= fields of `inspect`
> 67108864 500000000 50 true [CAP_SYS_TIME] true false false
$ docker inspect -f '{{.HostConfig.RestartPolicy.Name}} {{.HostConfig.RestartPolicy.MaximumRetryCount}} {{.HostConfig.LogConfig.Type}} {{.HostConfig.NetworkMode}} {{.HostConfig.IpcMode}} {{.HostConfig.PidMode}} {{.HostConfig.UTSMode}}' web
> on-failure 3 json-file default private
= fields of `inspect`
> on-failure 3 json-file none private
$ docker inspect -f '{{json .Mounts}} {{json .NetworkSettings.Ports}} {{.NetworkSettings.IPAddress}}' web
> [] {}
$ docker inspect -f '{{range $k, $v := .Config.Labels}}{{$k}}={{$v}} {{end}}' web
> a=b
$ docker inspect -f '{{index .Config.Labels "a"}} {{index .Args 0}} {{len .Id}}' web
> b arg 64
= ids
> b arg 12
$ docker inspect -f '{{join .Args " "}} {{upper .Name}} {{lower "X"}} {{split .Path "e"}} {{title "word"}} {{pad "x" 1 1}}|{{truncate .Path 3}}' web
> arg /WEB x [s rv ] Word  x |ser
$ docker inspect -f '{{if .State.Running}}yes{{else}}no{{end}} {{with .State.Error}}{{.}}{{end}}' web
> yes
$ docker inspect -f '{{.State.NoSuch}}' web
>
! template parsing error: template: :1:8: executing "" at <.State.NoSuch>: map has no entry for key "NoSuch"
? 1
= usage errors
! --format: 1:8: executing "--format" at <.State.NoSuch>: can't evaluate field NoSuch in type containers.inspectedState
? 125
$ docker inspect -f '{{.NoSuch}}' web
>
! template parsing error: template: :1:2: executing "" at <.NoSuch>: map has no entry for key "NoSuch"
? 1
= usage errors
! --format: 1:2: executing "--format" at <.NoSuch>: can't evaluate field NoSuch in type *containers.inspectedContainer
? 125
$ docker inspect -f '{{' web
! template parsing error: template: :1: unclosed action
? 64
= usage errors
! --format: 1: unclosed action
? 125
$ docker inspect -f '{{json .State}}' web | tr , '\n' | cut -d: -f1 | tr -d '{"' | sort | head -12
> Dead
> Error
> ExitCode
> FinishedAt
> OOMKilled
> Paused
> Pid
> Restarting
> Running
> StartedAt
> Status
= fields of `inspect`
> CPUs
> CpusetCpus
> Dead
> Error
> ExitCode
> FinishedAt
> Limits
> LostLog
> OOMKilled
> OOMKills
> Paused
> PeakMemory
$ docker inspect web | head -2
> [
>    {
$ docker inspect web | grep -c '"Name": "/web"'
> 1
$ docker inspect web nosuch | wc -l | awk '{ print ($1 > 100) }'
> 1
! no such object: nosuch
$ docker inspect nosuch
> []
! no such object: nosuch
? 1
$ docker inspect
! "docker inspect" requires at least 1 argument
!
! usage:  docker inspect [OPTIONS] NAME|ID [NAME|ID...]
!
! return low-level information on Docker objects
? 1
= usage errors
! inspect: nothing named (see docker inspect --help)
? 125
$ docker inspect --type container -f '{{.Name}}' web
> /web
$ docker inspect --type image -f '{{.Id}}' web
>
! no such image: web
? 1
= fields of `inspect`
! no such image: web
? 1
$ docker inspect --type image -f '{{.Os}}' box
> linux
$ docker inspect --type container box
> []
! no such container: box
? 1
$ docker inspect --type volume nosuch
> []
! no such volume: nosuch
? 1
$ docker inspect --type nosuch web
! "nosuch" is not a valid value for --type
? 1
= usage errors
! invalid value "nosuch" for --type: there are container, image and volume (see docker inspect --help)
? 125
$ docker inspect -f '{{.Os}}' box
> linux
$ docker volume create vol >/dev/null; docker inspect -f '{{.Driver}}' vol; docker inspect --type volume -f '{{.Name}}' vol; docker volume rm vol
> local
> vol
> vol
$ docker container inspect -f '{{.Name}}' web
> /web
$ docker container inspect nosuch
> []
! no such container: nosuch
? 1
$ docker inspect -s -f '{{ge .SizeRootFs .SizeRw}}' web
> true
$ docker inspect -f '{{.SizeRw}}' web
> <nil>
$ docker inspect -f '{{.Name}}' web web
> /web
> /web
$ docker inspect -f '{{.Name}}' nosuch web nosuch2
> /web
! no such object: nosuch
! no such object: nosuch2
? 1
$ docker port web
$ docker port web 80
! no public port '80/tcp' published for web
? 1
$ docker port nosuch
! no such container: nosuch
? 1
$ docker stop web >/dev/null; docker inspect -f '{{.State.Status}} {{.State.ExitCode}} {{.State.Pid}} {{.State.FinishedAt}}' web
> exited 3 0 TIME
$ docker rm web
> web

# update.
$ docker run -d --name web -m 64m --memory-swap 64m box serve
> ID1
$ docker update -m 128m --memory-swap 128m web; docker inspect -f '{{.HostConfig.Memory}}' web
> web
> 134217728
$ docker exec web sh -c 'cat /sys/fs/cgroup/memory/memory.limit_in_bytes 2>/dev/null || cat /sys/fs/cgroup/memory.max'
> 134217728
$ docker update --cpus 1.5 --pids-limit 30 --cpu-shares 512 web; docker inspect -f '{{.HostConfig.NanoCpus}} {{.HostConfig.PidsLimit}} {{.HostConfig.CpuShares}}' web
> web
> 1500000000 30 512
$ docker update --restart on-failure:4 web; docker inspect -f '{{.HostConfig.RestartPolicy}}' web
> web
> {on-failure 4}
$ docker update --restart nosuch web
! invalid restart policy 'nosuch'
? 1
= the words of error messages
! invalid value "nosuch" for --restart: none of no, on-failure[:MAX], always and unless-stopped
? 1
$ docker update web
! you must provide one or more flags when using this command
? 1
$ docker update -m 1x web
! invalid argument "1x" for "-m, --memory" flag: invalid size: '1x'
? 125
= usage errors
! invalid value "1x" for --memory: not a size such as 100m or 1g
? 1
$ docker update -m 64m nosuch
! no such container: nosuch
? 1
$ docker update -m 96m nosuch web; docker inspect -f '{{.HostConfig.Memory}}' web
> web
> 100663296
! no such container: nosuch
$ docker update
! "docker update" requires at least 1 argument
!
! usage:  docker update [OPTIONS] CONTAINER [CONTAINER...]
!
! update configuration of one or more containers
? 1
= the words of error messages
! update: no container given (see docker update --help)
? 125
$ docker stop web; docker update -m 100m web; docker inspect -f '{{.HostConfig.Memory}}' web; docker start web; docker inspect -f '{{.HostConfig.Memory}}' web; docker rm -f web
> web
> web
> 104857600
> web
> 104857600
> web
$ docker run -d --rm --name web box serve; docker update --restart always web; docker rm -f web
> ID1
> web
! cannot update container ID1: Restart policy cannot be updated because AutoRemove is enabled for the container
= the words of error messages
> ID1
> web
! container ID1 is removed at its end (--rm), and has no restart policy therefore
